/** targetd target public-key: its commands. */
import type { Command } from "commander";
import type { Io } from "../../io.ts";
import { addAddCommand } from "./add.ts";
import { addActivateCommand, addDeactivateCommand, addRemoveCommand } from "./change.ts";
import { addListCommand } from "./list.ts";

const examples = `
Examples:
  targetd target public-key add <id> --file receiver.pub.pem --expires 365d
  targetd target public-key activate <id> <key id>
  targetd target update <id> --payload jwe
  targetd target public-key list <id>
`;

export function addPublicKeyCommand(parent: Command, io: Io): void {
  const publicKey = parent
    .command("public-key")
    .summary("manage keys that encrypt payloads: add, activate, deactivate, remove, list")
    .description(
      "Manages the public keys of a target, with which payloads of the type JWE are encrypted. One of " +
        "them is active at a time.",
    )
    .helpCommand(false)
    .addHelpText("after", examples);
  addAddCommand(publicKey, io);
  addActivateCommand(publicKey, io);
  addDeactivateCommand(publicKey, io);
  addRemoveCommand(publicKey, io);
  addListCommand(publicKey, io);
}
