/** targetd profile set */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import type { z } from "zod";
import { publicUrlRule } from "../../config/rules.ts";
import { CliError } from "../cli-error.ts";
import { addExamples } from "../examples.ts";
import { exitCodes } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { printable } from "../text.ts";
import { checkTokenPath } from "../token-file.ts";
import { profileName, profilePath, readProfiles, writeProfiles } from "./file.ts";

interface Flags {
  readonly address?: string;
  readonly tokenFile?: string;
}

export function addSetCommand(parent: Command, io: Io): void {
  const command = parent
    .command("set")
    .summary("make a profile or change it")
    .description(
      "Makes a profile, or changes the given parts of one. The token itself is not stored, only " +
        "the path of its file.",
    )
    .argument("<name>", "name of the profile", argumentBy(profileName))
    .option("--address <url>", "server to call", argumentBy(publicUrlRule))
    .option("--token-file <path>", "file that holds the access token")
    .action((name: string, flags: Flags) => setProfile(name, flags, io));
  addExamples(
    command,
    "targetd profile set local --token-file data/admin.pat",
    "targetd profile set prod --address https://targetd.example.com --token-file ~/prod.pat",
  );
}

function setProfile(name: string, { address, tokenFile }: Flags, io: Io): void {
  if (address === undefined && tokenFile === undefined) {
    throw new CliError(exitCodes.usage, "nothing to set: give --address, --token-file, or both");
  }
  if (tokenFile !== undefined) checkTokenPath(tokenFile, "--token-file", exitCodes.usage);
  const path = profilePath(io.env);
  const file = readProfiles(path);
  const { [name]: earlier, ...others } = file.profiles;
  const profile = {
    ...earlier,
    ...(address !== undefined && { address }),
    ...(tokenFile !== undefined && { tokenFile: resolve(tokenFile) }),
  };
  writeProfiles(path, { ...file, profiles: { ...others, [name]: profile } });
  io.err(`profile ${name} is in ${printable(path ?? "")}\n`);
  if (tokenFile !== undefined && !existsSync(tokenFile)) {
    io.err("warning: there is no file yet at the path of --token-file\n");
  }
  if (file.current !== name) {
    io.err(`Choose it with --profile ${name}, or for all commands: targetd profile use ${name}\n`);
  }
}

function argumentBy(schema: z.ZodType<string, string>): (text: string) => string {
  return (text) => {
    const result = schema.safeParse(text);
    if (result.success) return result.data;
    throw new InvalidArgumentError(`It ${result.error.issues[0]?.message}.`);
  };
}
