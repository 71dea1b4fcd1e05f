import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Condition,
  type ConditionId,
  eventCandidates,
  functionCandidates,
  idOf,
  parseConditionId,
  requestCandidates,
} from "../../src/domain/condition.ts";

/** Few letters, so that names meet. */
const letters = (...more: string[]) =>
  fc.string({
    unit: fc.constantFrom("a", "b", "A", "\u{1f3af}", ...more),
    minLength: 1,
    maxLength: 5,
  });
const anyCallKind = fc.constantFrom("request" as const, "response" as const);
const anyService = letters(".");
const anyMethod = letters();
const anyName = letters(".", "/", "*");
const anyGroup = letters(".", ".");
const anyType = letters(".", ".");
const anyCondition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ kind: anyCallKind, scope: fc.constant("all" as const) }),
  fc.record({ kind: anyCallKind, scope: fc.constant("service" as const), service: anyService }),
  fc.record({
    kind: anyCallKind,
    scope: fc.constant("method" as const),
    service: anyService,
    method: anyMethod,
  }),
  fc.record({ kind: fc.constant("function" as const), name: anyName }),
  fc.record({ kind: fc.constant("event" as const), scope: fc.constant("all" as const) }),
  fc.record({
    kind: fc.constant("event" as const),
    scope: fc.constant("group" as const),
    group: anyGroup,
  }),
  fc.record({
    kind: fc.constant("event" as const),
    scope: fc.constant("type" as const),
    type: anyType,
  }),
);
const anyConditions = fc.array(anyCondition, { maxLength: 40, size: "max" });

test("a condition and its id say the same", () => {
  fc.assert(
    fc.property(anyCondition, (condition) => {
      expect(parseConditionId(idOf(condition))).toEqual(condition);
    }),
  );
});

test("what can be taken apart is what would be put together", () => {
  const anyId = fc.oneof(
    fc.tuple(fc.constantFrom("request", "response", "function", "event"), letters(".", "/", "*")),
    fc.tuple(letters("/"), fc.constant("")),
  );
  fc.assert(
    fc.property(anyId, ([kind, rest]) => {
      const id = `${kind}/${rest}`;
      const condition = parseConditionId(id);
      if (condition !== undefined) expect(idOf(condition)).toBe(id);
    }),
  );
});

/** The id of the best of the conditions, by the rules of contract.md section 6 read word by word. */
function best(conditions: readonly Condition[], rank: (condition: Condition) => number) {
  const matches = conditions.filter((condition) => rank(condition) > 0);
  const [first] = matches.sort((a, b) => rank(b) - rank(a));
  return first && idOf(first);
}

/** The first candidate that is among the conditions. */
function firstOf(candidates: readonly ConditionId[], conditions: readonly Condition[]) {
  const ids = new Set(conditions.map(idOf));
  return candidates.find((id) => ids.has(id));
}

test("of the conditions that are set, the first candidate is the best match of a call", () => {
  fc.assert(
    fc.property(anyConditions, anyCallKind, anyService, anyMethod, (set, kind, service, method) => {
      const rank = (condition: Condition) => {
        if (condition.kind !== kind) return 0;
        if (condition.scope === "all") return 1;
        if (condition.service !== service) return 0;
        if (condition.scope === "service") return 2;
        return condition.method === method ? 3 : 0;
      };
      expect(firstOf(requestCandidates(kind, service, method), set)).toBe(best(set, rank));
    }),
    { numRuns: 1000 },
  );
});

function eventRank(condition: Condition, type: string): number {
  if (condition.kind !== "event") return 0;
  if (condition.scope === "all") return 1;
  if (condition.scope === "type") return condition.type === type ? 1000 : 0;
  const { group } = condition;
  return type === group || type.startsWith(`${group}.`) ? 1 + group.length : 0;
}

test("of the conditions that are set, the first candidate is the best match of an event", () => {
  fc.assert(
    fc.property(anyConditions, anyType, (set, type) => {
      expect(firstOf(eventCandidates(type), set)).toBe(best(set, (each) => eventRank(each, type)));
    }),
    { numRuns: 1000 },
  );
});

test("of the conditions that are set, only a function of the very name matches", () => {
  fc.assert(
    fc.property(anyConditions, anyName, (set, name) => {
      const rank = (condition: Condition) =>
        Number(condition.kind === "function" && condition.name === name);
      expect(firstOf(functionCandidates(name), set)).toBe(best(set, rank));
    }),
  );
});
