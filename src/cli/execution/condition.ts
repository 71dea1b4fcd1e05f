/** Conditions as the command line has them: by their ids. */
import { type Command, InvalidArgumentError } from "commander";
import type { Condition as ConditionMessage } from "../../../gen/zitadel/action/v2/execution_pb.ts";
import { type Condition, idOf, parseConditionId } from "../../domain/condition.ts";
import { toCondition, toConditionMessage } from "../../rpc/condition-message.ts";
import { columns } from "../text.ts";

const forms = [
  ["request", "before every method"],
  ["request/<service>", "before the methods of a service"],
  ["request/<service>/<method>", "before one method; request//<service>/<method> will do as well"],
  ["response, response/...", "the same after the method"],
  ["function/<name>", "when a function runs"],
  ["event", "after every event"],
  ["event/<group>.*", "after the events of a group: the type <group> and all below it"],
  ["event/<type>", "after the events of one type"],
] as const;

/** Explains the conditions below the options of a command. */
export function addConditionHelp(command: Command): Command {
  const rows = forms.map(([form, meaning]) => [`  ${form}`, meaning]);
  return command.addHelpText(
    "after",
    `\nConditions, of which the most specific one that is met counts:\n${columns(rows)}`,
  );
}

/** Parser of arguments that take a condition. */
export function conditionArgument(text: string): ConditionMessage {
  // Methods are written "/package.Service/Method" elsewhere, so that may have been pasted.
  const condition = parseConditionId(text.replace(/^(request|response)\/\//, "$1/"));
  if (condition !== undefined) return toConditionMessage(condition);
  throw new InvalidArgumentError(
    `It must be the id of a condition: ${forms.map(([form]) => form).join("; ")}.`,
  );
}

/** The id of a condition; empty for one that this version does not know. */
export function conditionText(message: ConditionMessage | undefined): string {
  const condition: Condition | undefined = toCondition(message);
  return condition === undefined ? "" : idOf(condition);
}
