/** targetd keys: its commands, one file each. */
import type { Command } from "commander";
import type { Io } from "../io.ts";
import { addListCommand } from "./list.ts";
import { addRevokeCommand } from "./revoke.ts";
import { addRotateCommand } from "./rotate.ts";

const examples = `
Examples:
  targetd keys list
  targetd keys rotate --algorithm ES256
  targetd keys rotate --instance acme
  targetd keys revoke <id>
`;

export function addKeysCommand(parent: Command, io: Io): void {
  const keys = parent
    .command("keys")
    .summary("manage keys that sign JWT payloads: list, rotate, revoke")
    .description(
      "Manages the keys with which an instance signs payloads of the types JWT and JWE. Receivers " +
        "find them at /instances/<id>/keys. Only tokens of the default instance may.",
    )
    .helpCommand(false)
    .addHelpText("after", examples);
  addListCommand(keys, io);
  addRotateCommand(keys, io);
  addRevokeCommand(keys, io);
}
