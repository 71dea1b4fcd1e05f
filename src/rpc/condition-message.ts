/** Conditions between messages and the domain. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type Condition as ConditionMessage,
  ConditionSchema,
  type EventExecution,
  type RequestExecution,
  type ResponseExecution,
} from "../../gen/zitadel/action/v2/execution_pb.ts";
import type { Condition } from "../domain/condition.ts";

/** @returns undefined when nothing is set, which the rules of the proto file refuse */
export function toCondition(message: ConditionMessage | undefined): Condition | undefined {
  const type = message?.conditionType;
  switch (type?.case) {
    case "request":
    case "response":
      return methodCondition(type.case, type.value);
    case "function":
      return { kind: "function", name: type.value.name };
    case "event":
      return eventCondition(type.value);
    default:
      return undefined;
  }
}

function methodCondition(
  kind: "request" | "response",
  { condition }: RequestExecution | ResponseExecution,
): Condition | undefined {
  switch (condition.case) {
    case "method": {
      const [, service, method] = /^\/([^/]+)\/([^/]+)$/.exec(condition.value) ?? [];
      // A name that is spelled otherwise cannot be in the catalogue, which says so.
      if (service === undefined || method === undefined) {
        return { kind, scope: "method", service: condition.value, method: "" };
      }
      return { kind, scope: "method", service, method };
    }
    case "service":
      return { kind, scope: "service", service: condition.value };
    case "all":
      return { kind, scope: "all" };
    default:
      return undefined;
  }
}

function eventCondition({ condition }: EventExecution): Condition | undefined {
  switch (condition.case) {
    case "event":
      return { kind: "event", scope: "type", type: condition.value };
    case "group":
      return { kind: "event", scope: "group", group: condition.value };
    case "all":
      return { kind: "event", scope: "all" };
    default:
      return undefined;
  }
}

export function toConditionMessage(condition: Condition): ConditionMessage {
  return create(ConditionSchema, { conditionType: toType(condition) });
}

type TypeInit = NonNullable<MessageInitShape<typeof ConditionSchema>["conditionType"]>;

function toType(condition: Condition): TypeInit {
  switch (condition.kind) {
    case "request":
      return { case: "request", value: { condition: toMethodCase(condition) } };
    case "response":
      return { case: "response", value: { condition: toMethodCase(condition) } };
    case "function":
      return { case: "function", value: { name: condition.name } };
    case "event":
      return { case: "event", value: { condition: toEventCase(condition) } };
  }
}

function toMethodCase(condition: Extract<Condition, { kind: "request" | "response" }>) {
  switch (condition.scope) {
    case "method":
      return { case: "method", value: `/${condition.service}/${condition.method}` } as const;
    case "service":
      return { case: "service", value: condition.service } as const;
    case "all":
      return { case: "all", value: true } as const;
  }
}

function toEventCase(condition: Extract<Condition, { kind: "event" }>) {
  switch (condition.scope) {
    case "type":
      return { case: "event", value: condition.type } as const;
    case "group":
      return { case: "group", value: condition.group } as const;
    case "all":
      return { case: "all", value: true } as const;
  }
}
