/** targetd profile list */
import type { Command } from "commander";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { columns, printable } from "../text.ts";
import { profilePath, readProfiles } from "./file.ts";

interface Flags {
  readonly json?: boolean;
}

export function addListCommand(parent: Command, io: Io): void {
  const command = parent
    .command("list")
    .summary("list the profiles")
    .description("Lists the profiles; a star marks the current one.")
    .option("--json", "print the configuration file as JSON")
    .action((flags: Flags) => listProfiles(flags, io));
  addExamples(command, "targetd profile list", "targetd profile list --json");
}

function listProfiles({ json }: Flags, io: Io): void {
  const path = profilePath(io.env);
  const file = readProfiles(path);
  if (json) {
    io.out(`${JSON.stringify(file, undefined, 2)}\n`);
    return;
  }
  const rows = Object.entries(file.profiles)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { address = "", tokenFile = "" }]) =>
      [name === file.current ? "*" : "", name, address, tokenFile].map(printable),
    );
  if (rows.length > 0) io.out(columns([["", "NAME", "ADDRESS", "TOKEN FILE"], ...rows]));
  else io.err(`no profiles in ${printable(path ?? "a configuration file")}\n`);
}
