/** targetd profile use */
import type { Command } from "commander";
import { addExamples } from "../examples.ts";
import { exitCodes } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { profilePath, readProfiles, writeProfiles } from "./file.ts";
import { findProfile } from "./select.ts";

export function addUseCommand(parent: Command, io: Io): void {
  const command = parent
    .command("use")
    .summary("choose the profile of all commands")
    .description("Makes a profile the current one: commands use it unless they name another.")
    .argument("<name>", "name of the profile")
    .action((name: string) => useProfile(name, io));
  addExamples(command, "targetd profile use prod");
}

function useProfile(name: string, io: Io): void {
  const path = profilePath(io.env);
  const file = readProfiles(path);
  findProfile(file, name, { source: "profile use", path, exitCode: exitCodes.usage });
  writeProfiles(path, { ...file, current: name });
  io.err(`${name} is the current profile\n`);
}
