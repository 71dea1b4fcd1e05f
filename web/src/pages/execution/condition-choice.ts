/** Conditions that the catalogue allows. */
import type { Condition, ConditionKind } from "../../../../src/domain/condition.ts";

/** What conditions may name, as the server tells it; methods are spelled "/package.Service/Method". */
export interface Known {
  readonly services: readonly string[];
  readonly methods: readonly string[];
  readonly functions: readonly string[];
  readonly eventTypes: readonly string[];
}

export const kinds = [
  { value: "request", text: "Request", hint: "Before a method is handled." },
  { value: "response", text: "Response", hint: "After it, before its answer goes out." },
  { value: "function", text: "Function", hint: "When a service says so." },
  { value: "event", text: "Event", hint: "Afterwards, without anybody waiting." },
] as const;

export type Scope = "method" | "service" | "function" | "type" | "group" | "all";

interface ScopeChoice {
  readonly value: Scope;
  readonly text: string;
  /** What is named; empty where nothing is. */
  readonly names: string;
}

type Scopes = readonly [ScopeChoice, ...ScopeChoice[]];

const ofCalls: Scopes = [
  { value: "method", text: "One method", names: "Method" },
  { value: "service", text: "All methods of a service", names: "Service" },
  { value: "all", text: "Every method", names: "" },
];
const ofFunctions: Scopes = [{ value: "function", text: "Function", names: "Function" }];
const ofEvents: Scopes = [
  { value: "type", text: "One event type", names: "Event type" },
  { value: "group", text: "A type and all below it", names: "First part of the types" },
  { value: "all", text: "Every event", names: "" },
];

export function scopesOf(kind: ConditionKind): Scopes {
  if (kind === "function") return ofFunctions;
  return kind === "event" ? ofEvents : ofCalls;
}

/** What the condition may name. */
export function namesFor(known: Known, kind: ConditionKind, scope: Scope): readonly string[] {
  if (kind === "function") return known.functions;
  if (kind === "event") return scope === "group" ? groupsOf(known.eventTypes) : known.eventTypes;
  return scope === "service" ? known.services : known.methods;
}

/** All types and what stands before their dots: "shop.order.paid" is in the groups "shop" and "shop.order". */
function groupsOf(types: readonly string[]): readonly string[] {
  const groups = types.flatMap((type) => {
    const parts = type.split(".");
    return parts.map((_, index) => parts.slice(0, index + 1).join("."));
  });
  return [...new Set(groups)].sort();
}

export interface ConditionChoice {
  readonly kind: ConditionKind;
  readonly scope: Scope;
  readonly name: string;
}

/** The condition, or what is wrong with the name. */
export function chosenCondition(
  known: Known,
  choice: ConditionChoice,
): { readonly condition?: Condition; readonly problem?: string } {
  const { kind, scope, name } = choice;
  if (scope === "all") return { condition: conditionOf(choice) };
  if (name === "") return { problem: "Enter a name." };
  if (namesFor(known, kind, scope).includes(name)) return { condition: conditionOf(choice) };
  return { problem: `The catalogue has no ${name}. Choose one of the suggested names.` };
}

function conditionOf({ kind, scope, name }: ConditionChoice): Condition {
  if (kind === "function") return { kind, name };
  if (kind === "event") {
    if (scope === "all") return { kind, scope };
    return scope === "group" ? { kind, scope, group: name } : { kind, scope: "type", type: name };
  }
  if (scope === "all") return { kind, scope };
  if (scope === "service") return { kind, scope, service: name };
  const [, service = "", method = ""] = name.split("/");
  return { kind, scope: "method", service, method };
}
