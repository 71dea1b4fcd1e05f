/** targetd target: its commands, one file each. */
import type { Command } from "commander";
import type { Io } from "../io.ts";
import { addCreateCommand } from "./create.ts";
import { addDeleteCommand } from "./delete.ts";
import { addGetCommand } from "./get.ts";
import { addListCommand } from "./list.ts";
import { addPublicKeyCommand } from "./public-key/command.ts";
import { addRevokeKeyCommand } from "./revoke-key.ts";
import { addRotateKeyCommand } from "./rotate-key.ts";
import { addTestCommand } from "./test.ts";
import { addUpdateCommand } from "./update.ts";

const examples = `
Examples:
  targetd target create --name orders --endpoint https://hooks.example.com/orders --interrupt-on-error
  targetd target list --filter-name order --sort name --asc
  targetd target update <id> --timeout 1m30s --no-interrupt-on-error
  targetd target update <id> --header "X-Team: billing" --clear payload
  targetd target rotate-key <id> --grace 24h
  targetd target get <id> --json
  targetd target test <id>
`;

export function addTargetCommand(parent: Command, io: Io): void {
  const target = parent
    .command("target")
    .summary("manage targets: create, get, list, update, delete, test, keys")
    .description("Manages the targets of a running server, over gRPC.")
    .helpCommand(false)
    .addHelpText("after", examples);
  addCreateCommand(target, io);
  addGetCommand(target, io);
  addListCommand(target, io);
  addUpdateCommand(target, io);
  addDeleteCommand(target, io);
  addTestCommand(target, io);
  addRotateKeyCommand(target, io);
  addRevokeKeyCommand(target, io);
  addPublicKeyCommand(target, io);
}
