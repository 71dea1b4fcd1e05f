/** targetd master-key: its commands, one file each. */
import type { Command } from "commander";
import type { Io } from "../io.ts";
import { addRotateCommand } from "./rotate.ts";

export function addMasterKeyCommand(parent: Command, io: Io): void {
  const masterKey = parent
    .command("master-key")
    .summary("replace the key that seals stored secrets: rotate")
    .description("Works on the master key of a database.")
    .helpCommand(false);
  addRotateCommand(masterKey, io);
}
