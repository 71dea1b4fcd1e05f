/** targetd execution set */
import { Argument, type Command } from "commander";
import { SetExecutionResponseSchema } from "../../../gen/zitadel/action/v2/execution_messages_pb.ts";
import type { Condition } from "../../../gen/zitadel/action/v2/execution_pb.ts";
import { type ActionFlags, addActionFlags, printAnswer } from "../call-flags.ts";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { withTargets } from "../target/client.ts";
import { addEtagFlag } from "../target/write-flags.ts";
import { timeText } from "../text.ts";
import { addConditionHelp, conditionArgument } from "./condition.ts";

type Flags = ActionFlags & { readonly etag?: string };

export function addSetCommand(parent: Command, io: Io): void {
  const command = parent
    .command("set")
    .summary("say which targets are called on a condition")
    .description(
      "Sets the targets that are called when a condition is met, in this order, in place of those " +
        "before.",
    )
    .addArgument(new Argument("<condition>", "what must happen").argParser(conditionArgument))
    .argument("<target-id...>", "ids of the targets in call order, at most 50")
    .action((condition: Condition, targets: string[], flags: Flags) =>
      setExecution(condition, targets, flags, io),
    );
  addEtagFlag(command, "list");
  addActionFlags(command);
  addConditionHelp(command);
  addExamples(
    command,
    "targetd execution set request <target id>",
    "targetd execution set response/shop.v1.Shop/Order <target id> <other target id>",
    "targetd execution set 'event/target.*' <target id> --etag <etag>",
  );
}

/** @param targets none removes the execution */
export async function setExecution(
  condition: Condition,
  targets: string[],
  flags: Flags,
  io: Io,
): Promise<void> {
  const { etag } = flags;
  const request = { condition, targets, ...(etag !== undefined && { etag }) };
  const answer = await withTargets(flags, io, (client) => client.setExecution(request));
  printAnswer(SetExecutionResponseSchema, answer, flags, io, () => {
    const since = timeText(answer.setDate);
    io.err(since === "" ? "there was nothing to unset\n" : `so since ${since}\n`);
  });
}
