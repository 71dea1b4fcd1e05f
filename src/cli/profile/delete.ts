/** targetd profile delete */
import type { Command } from "commander";
import { addExamples } from "../examples.ts";
import { exitCodes } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { profilePath, readProfiles, writeProfiles } from "./file.ts";
import { findProfile } from "./select.ts";

export function addDeleteCommand(parent: Command, io: Io): void {
  const command = parent
    .command("delete")
    .summary("delete a profile")
    .description(
      "Deletes a profile, but not its token file. If it was the current one, none is afterwards.",
    )
    .argument("<name>", "name of the profile")
    .action((name: string) => deleteProfile(name, io));
  addExamples(command, "targetd profile delete prod");
}

function deleteProfile(name: string, io: Io): void {
  const path = profilePath(io.env);
  const file = readProfiles(path);
  findProfile(file, name, { source: "profile delete", path, exitCode: exitCodes.usage });
  const { current, profiles } = file;
  const { [name]: _, ...others } = profiles;
  const kept = current === undefined || current === name ? {} : { current };
  writeProfiles(path, { ...kept, profiles: others });
  io.err(kept.current === current ? `deleted ${name}\n` : `deleted ${name}, the current profile\n`);
}
