/** Conditions as people read them, and as their ids. */
import type { Condition as ConditionMessage } from "../../../../gen/zitadel/action/v2/execution_pb.ts";
import { type Condition, idOf, parseConditionId } from "../../../../src/domain/condition.ts";
import { toCondition } from "../../../../src/rpc/condition-message.ts";

/** Id of the condition of an execution; empty where the server set none. */
export function conditionIdOf(message: ConditionMessage | undefined): string {
  const condition = toCondition(message);
  return condition === undefined ? "" : idOf(condition);
}

/** When the execution runs, for instance "before every method of shop.v1.Shop". */
export function describe(condition: Condition): string {
  switch (condition.kind) {
    case "function":
      return `when the function ${condition.name} runs`;
    case "event":
      return describeEvent(condition);
    case "request":
      return `before ${describeCall(condition)}`;
    case "response":
      return `after ${describeCall(condition)}`;
  }
}

function describeCall(condition: Extract<Condition, { kind: "request" | "response" }>): string {
  if (condition.scope === "all") return "every method";
  if (condition.scope === "service") return `every method of ${condition.service}`;
  return `/${condition.service}/${condition.method}`;
}

function describeEvent(condition: Extract<Condition, { kind: "event" }>): string {
  if (condition.scope === "all") return "for every event";
  if (condition.scope === "type") return `for events of the type ${condition.type}`;
  return `for events of the type ${condition.group} and of all types below it`;
}

/** Like {@link describe}, for an id that may be no condition's. */
export function describeId(id: string): string {
  const condition = parseConditionId(id);
  return condition === undefined ? "unknown condition" : describe(condition);
}
