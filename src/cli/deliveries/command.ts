/** targetd deliveries: its commands, one file each. */
import type { Command } from "commander";
import type { Io } from "../io.ts";
import { addCancelCommand } from "./cancel.ts";
import { addListCommand } from "./list.ts";
import { addReplayCommand } from "./replay.ts";
import { addRetryCommand } from "./retry.ts";
import { addShowCommand } from "./show.ts";
import { addWatchCommand } from "./watch.ts";

const examples = `
Examples:
  targetd deliveries list --state failed --since 40h
  targetd deliveries show <id>
  targetd deliveries retry <id>
  targetd deliveries replay --target <target id> --since 40h
  targetd deliveries watch --json
`;

export function addDeliveriesCommand(parent: Command, io: Io): void {
  const deliveries = parent
    .command("deliveries")
    .summary("see what became of events: list, show, retry, replay, cancel, watch")
    .description(
      "Shows the deliveries of events and of calls to targets of the type async, with the log of " +
        "their attempts, and acts on them.",
    )
    .helpCommand(false)
    .addHelpText("after", examples);
  addListCommand(deliveries, io);
  addShowCommand(deliveries, io);
  addRetryCommand(deliveries, io);
  addReplayCommand(deliveries, io);
  addCancelCommand(deliveries, io);
  addWatchCommand(deliveries, io);
}
