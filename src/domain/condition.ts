/**
 * What must happen for an execution to run (contract.md section 6). A condition and its id say the
 * same; the id is what is stored, sorted and looked up.
 */
declare const brand: unique symbol;

/**
 * Id of a condition: "request", "request/<service>", "request/<service>/<method>", the same with
 * "response", "function/<name>", "event", "event/<group>.*", "event/<type>".
 */
export type ConditionId = string & { readonly [brand]: "ConditionId" };

export const conditionId = (value: string): ConditionId => value as ConditionId;

/** First part of the id, and the type that lists are filtered by. */
export type ConditionKind = "request" | "response" | "function" | "event";

/** Kinds of conditions of a call. */
type CallKind = "request" | "response";

/** A condition taken apart. */
export type Condition =
  | { readonly kind: CallKind; readonly scope: "all" }
  | { readonly kind: CallKind; readonly scope: "service"; readonly service: string }
  | {
      readonly kind: CallKind;
      readonly scope: "method";
      readonly service: string;
      readonly method: string;
    }
  | { readonly kind: "function"; readonly name: string }
  | { readonly kind: "event"; readonly scope: "all" }
  | { readonly kind: "event"; readonly scope: "group"; readonly group: string }
  | { readonly kind: "event"; readonly scope: "type"; readonly type: string };

const separator = "/";

/** What the id of a group ends with; so no event type ends with it. */
const groupSuffix = ".*";

/** The id of a condition, whose service and method have no "/" and whose event type no ".*" at the end. */
export function idOf(condition: Condition): ConditionId {
  return conditionId([condition.kind, ...restOf(condition)].join(separator));
}

/** What follows the kind in an id. */
function restOf(condition: Condition): readonly string[] {
  if (condition.kind === "function") return [condition.name];
  switch (condition.scope) {
    case "all":
      return [];
    case "service":
      return [condition.service];
    case "method":
      return [condition.service, condition.method];
    case "group":
      return [condition.group + groupSuffix];
    case "type":
      return [condition.type];
  }
}

/** Takes an id apart; undefined when it is the id of no condition. */
export function parseConditionId(id: string): Condition | undefined {
  const end = id.indexOf(separator);
  if (end < 0) return wholeKind(id);
  const [kind, rest] = [id.slice(0, end), id.slice(end + 1)];
  if (rest === "") return undefined;
  if (kind === "function") return { kind, name: rest };
  if (kind === "event") return parseEvent(rest);
  return kind === "request" || kind === "response" ? parseCall(kind, rest) : undefined;
}

function wholeKind(kind: string): Condition | undefined {
  const known = kind === "request" || kind === "response" || kind === "event";
  return known ? { kind, scope: "all" } : undefined;
}

function parseEvent(rest: string): Condition | undefined {
  if (!rest.endsWith(groupSuffix)) return { kind: "event", scope: "type", type: rest };
  const group = rest.slice(0, -groupSuffix.length);
  return group === "" ? undefined : { kind: "event", scope: "group", group };
}

function parseCall(kind: CallKind, rest: string): Condition | undefined {
  const [service = "", method, ...more] = rest.split(separator);
  if (service === "" || method === "" || more.length > 0) return undefined;
  if (method === undefined) return { kind, scope: "service", service };
  return { kind, scope: "method", service, method };
}

/**
 * The conditions that a call meets, best match first (contract.md section 6).
 *
 * @param service full name, as "pkg.Service"
 */
export function requestCandidates(
  kind: CallKind,
  service: string,
  method: string,
): readonly ConditionId[] {
  return [
    idOf({ kind, scope: "method", service, method }),
    idOf({ kind, scope: "service", service }),
    idOf({ kind, scope: "all" }),
  ];
}

/**
 * The conditions that an event meets, best match first: its type, the groups that hold it from the
 * longest to the shortest, all events. A group holds the type of the same name and all below it.
 */
export function eventCandidates(type: string): readonly ConditionId[] {
  const groups = [type];
  for (let dot = type.lastIndexOf("."); dot > 0; dot = type.lastIndexOf(".", dot - 1)) {
    groups.push(type.slice(0, dot));
  }
  return [
    idOf({ kind: "event", scope: "type", type }),
    ...groups.map((group) => idOf({ kind: "event", scope: "group", group })),
    idOf({ kind: "event", scope: "all" }),
  ];
}

/** The condition that a function meets. */
export function functionCandidates(name: string): readonly ConditionId[] {
  return [idOf({ kind: "function", name })];
}
