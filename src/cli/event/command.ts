/** targetd event: its commands, one file each. */
import type { Command } from "commander";
import type { Io } from "../io.ts";
import { addPublishCommand } from "./publish.ts";

const examples = `
Examples:
  targetd event publish user.human.added 17 --payload '{"email": "a@example.com"}'
  targetd event publish order.paid 4711 --id order-4711-paid --payload-file order.json
`;

export function addEventCommand(parent: Command, io: Io): void {
  const event = parent
    .command("event")
    .summary("publish events")
    .description("Publishes events, which reach the targets of the executions that match.")
    .helpCommand(false)
    .addHelpText("after", examples);
  addPublishCommand(event, io);
}
