/** targetd instance: its commands, one file each. */
import type { Command } from "commander";
import type { Io } from "../io.ts";
import { addCreateCommand } from "./create.ts";
import { addDeleteCommand } from "./delete.ts";
import { addListCommand } from "./list.ts";

const examples = `
Examples:
  targetd instance create acme --name "Acme Corp." --out acme.pat
  targetd target list --token-file acme.pat
  targetd instance list
  targetd instance delete acme
`;

export function addInstanceCommand(parent: Command, io: Io): void {
  const instance = parent
    .command("instance")
    .summary("manage instances: create, list, delete")
    .description(
      "Manages the instances (tenants) of a server, which share nothing: each has its own " +
        "targets, tokens and history. Only tokens of the default instance may.",
    )
    .helpCommand(false)
    .addHelpText("after", examples);
  addCreateCommand(instance, io);
  addListCommand(instance, io);
  addDeleteCommand(instance, io);
}
