/** targetd execution unset */
import { Argument, type Command } from "commander";
import type { Condition } from "../../../gen/zitadel/action/v2/execution_pb.ts";
import { type ActionFlags, addActionFlags } from "../call-flags.ts";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { addEtagFlag } from "../target/write-flags.ts";
import { addConditionHelp, conditionArgument } from "./condition.ts";
import { setExecution } from "./set.ts";

type Flags = ActionFlags & { readonly etag?: string };

export function addUnsetCommand(parent: Command, io: Io): void {
  const command = parent
    .command("unset")
    .summary("call no targets on a condition any more")
    .description("Removes the execution of a condition. Removing it again is no error.")
    .addArgument(new Argument("<condition>", "what must happen").argParser(conditionArgument))
    .action((condition: Condition, flags: Flags) => setExecution(condition, [], flags, io));
  addEtagFlag(command, "list");
  addActionFlags(command);
  addConditionHelp(command);
  addExamples(
    command,
    "targetd execution unset request/shop.v1.Shop",
    "targetd execution unset 'event/target.*' --etag <etag>",
  );
}
