/** targetd execution: its commands. */
import type { Command } from "commander";
import type { Io } from "../io.ts";
import { addListCommand } from "./list.ts";
import { addNameCommands } from "./names.ts";
import { addSetCommand } from "./set.ts";
import { addUnsetCommand } from "./unset.ts";

const examples = `
Examples:
  targetd execution set request/zitadel.action.v2.ActionService <target id>
  targetd execution set response/shop.v1.Shop/Order <target id> <other target id>
  targetd execution set 'event/target.*' <target id>
  targetd execution list --target <target id>
  targetd execution unset function/preaccesstoken
`;

export function addExecutionCommand(parent: Command, io: Io): void {
  const execution = parent
    .command("execution")
    .summary("bind targets to conditions: set, unset, list, methods, services, functions")
    .description(
      "Manages executions: which targets are called, and in which order, before or after a method, " +
        "when a function runs, or after an event.",
    )
    .helpCommand(false)
    .addHelpText("after", examples);
  addSetCommand(execution, io);
  addUnsetCommand(execution, io);
  addListCommand(execution, io);
  addNameCommands(execution, io);
}
