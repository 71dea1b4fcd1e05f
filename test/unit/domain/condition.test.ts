import { expect, test } from "vitest";
import {
  type Condition,
  eventCandidates,
  functionCandidates,
  idOf,
  parseConditionId,
  requestCandidates,
} from "../../../src/domain/condition.ts";

const service = "zitadel.action.v2.ActionService";
const method = "UpdateTarget";

test.each<[string, Condition]>([
  ["request", { kind: "request", scope: "all" }],
  [`request/${service}`, { kind: "request", scope: "service", service }],
  [`request/${service}/${method}`, { kind: "request", scope: "method", service, method }],
  ["response", { kind: "response", scope: "all" }],
  [`response/${service}`, { kind: "response", scope: "service", service }],
  [`response/${service}/${method}`, { kind: "response", scope: "method", service, method }],
  ["function/preuserinfo", { kind: "function", name: "preuserinfo" }],
  ["function/a/b.*", { kind: "function", name: "a/b.*" }],
  ["event", { kind: "event", scope: "all" }],
  ["event/user.human.*", { kind: "event", scope: "group", group: "user.human" }],
  ["event/user.human.added", { kind: "event", scope: "type", type: "user.human.added" }],
  ["event/user.human*", { kind: "event", scope: "type", type: "user.human*" }],
  ["event/a/b.*", { kind: "event", scope: "group", group: "a/b" }],
])("%s is an id and its condition", (id, condition) => {
  expect(idOf(condition)).toBe(id);
  expect(parseConditionId(id)).toEqual(condition);
});

test.each([
  "",
  "/",
  "requests",
  "Request",
  "request/",
  "request//",
  "request/s/",
  "request//m",
  "request/s/m/more",
  "response/",
  "function",
  "function/",
  "event/",
  "event/.*",
  "constructor",
  "__proto__/a",
])("%j is no id", (id) => {
  expect(parseConditionId(id)).toBeUndefined();
});

test.each(["request", "response"] as const)("a %s meets its method, service and all", (kind) => {
  expect(requestCandidates(kind, service, method)).toEqual([
    `${kind}/${service}/${method}`,
    `${kind}/${service}`,
    kind,
  ]);
});

test.each([
  ["added", ["event/added", "event/added.*", "event"]],
  [
    "user.human.added",
    [
      "event/user.human.added",
      "event/user.human.added.*",
      "event/user.human.*",
      "event/user.*",
      "event",
    ],
  ],
  ["a..b", ["event/a..b", "event/a..b.*", "event/a..*", "event/a.*", "event"]],
  [".a", ["event/.a", "event/.a.*", "event"]],
  ["a.", ["event/a.", "event/a..*", "event/a.*", "event"]],
])("the event %s meets its type, its groups from the longest on and all", (type, ids) => {
  expect(eventCandidates(type)).toEqual(ids);
});

test.each([
  ["user.human", true],
  ["user.human.added", true],
  ["user.human.email.changed", true],
  ["user.humanoid.added", false],
  ["user.humanoid", false],
  ["user", false],
  ["user.machine.added", false],
  ["xuser.human", false],
  ["user.Human.added", false],
])("the group user.human holds %s: %s", (type, holds) => {
  const group = idOf({ kind: "event", scope: "group", group: "user.human" });
  expect(eventCandidates(type).includes(group)).toBe(holds);
});

test("a function meets itself alone", () => {
  expect(functionCandidates("preuserinfo")).toEqual(["function/preuserinfo"]);
});
