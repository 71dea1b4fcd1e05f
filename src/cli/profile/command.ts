/** targetd profile: its commands, one file each. */
import type { Command } from "commander";
import type { Io } from "../io.ts";
import { addDeleteCommand } from "./delete.ts";
import { addListCommand } from "./list.ts";
import { addSetCommand } from "./set.ts";
import { addUseCommand } from "./use.ts";

const notes = `
The file is TARGETD_CONFIG, else targetd/config.json in $XDG_CONFIG_HOME, in ~/.config, or on Windows
in %APPDATA%:
  {"current": "local", "profiles": {"local": {"address": "...", "tokenFile": "..."}}}
For address and token alike, flags go before variables, variables before the profile, and the profile
before the defaults. The token file of a profile is used only with the address of that profile, the
default one (admin.pat in the data directory) only with a loopback address.
`;

export function addProfileCommand(parent: Command, io: Io): void {
  const profile = parent
    .command("profile")
    .summary("manage profiles (address and token file): set, list, use, delete")
    .description("Manages the profiles: named servers with the file of the token for each.")
    .helpCommand(false)
    .addHelpText("after", notes);
  addSetCommand(profile, io);
  addListCommand(profile, io);
  addUseCommand(profile, io);
  addDeleteCommand(profile, io);
}
