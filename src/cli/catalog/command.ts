/** targetd catalog: its commands. */
import type { Command } from "commander";
import type { Io } from "../io.ts";
import { addImportCommand } from "./import.ts";
import { addEventsCommand, addFunctionsCommand } from "./names.ts";
import { addRemoveCommand } from "./remove.ts";
import { addShowCommand } from "./show.ts";

const examples = `
Examples:
  targetd catalog import --source shop --reflect https://shop.example.com
  buf build -o - | targetd catalog import --source shop --file -
  targetd catalog events shop.order.added shop.order.removed
  targetd catalog functions prelogin
  targetd catalog show
`;

export function addCatalogCommand(parent: Command, io: Io): void {
  const catalog = parent
    .command("catalog")
    .summary("say what conditions may name: import, events, functions, show, remove")
    .description(
      "Tells the server what exists besides its own API, so that conditions may name it: services of " +
        "other servers, event types and functions.",
    )
    .helpCommand(false)
    .addHelpText("after", examples);
  addImportCommand(catalog, io);
  addEventsCommand(catalog, io);
  addFunctionsCommand(catalog, io);
  addShowCommand(catalog, io);
  addRemoveCommand(catalog, io);
}
