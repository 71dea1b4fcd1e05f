/** targetd import: its commands. */
import type { Command } from "commander";
import type { Io } from "../io.ts";
import { addZitadelCommand } from "./zitadel.ts";

const examples = `
Examples:
  targetd import zitadel --url https://id.example.com --source-token-file zitadel.pat --dry-run
`;

export function addImportCommand(parent: Command, io: Io): void {
  const command = parent
    .command("import")
    .summary("bring targets, public keys and executions over from ZITADEL")
    .description("Brings over what another server has, by its API.")
    .helpCommand(false)
    .addHelpText("after", examples);
  addZitadelCommand(command, io);
}
