import { expect, test } from "vitest";
import { idOf } from "../../../src/domain/condition.ts";
import {
  chosenCondition,
  namesFor,
  type Scope,
} from "../../../web/src/pages/execution/condition-choice.ts";

const known = {
  services: ["shop.v1.Shop"],
  methods: ["/shop.v1.Shop/Buy"],
  functions: ["prelogin"],
  eventTypes: ["shop.order.paid", "shop.order.sent", "user"],
};

test.each([
  ["request", "method", "/shop.v1.Shop/Buy", "request/shop.v1.Shop/Buy"],
  ["response", "service", "shop.v1.Shop", "response/shop.v1.Shop"],
  ["request", "all", "whatever", "request"],
  ["function", "function", "prelogin", "function/prelogin"],
  ["event", "type", "user", "event/user"],
  ["event", "group", "shop.order", "event/shop.order.*"],
  ["event", "all", "", "event"],
] as const)("%s, %s, %s is %s", (kind, scope, name, id) => {
  const { condition } = chosenCondition(known, { kind, scope, name });
  expect(condition && idOf(condition)).toBe(id);
});

test.each([
  ["method", "shop.v1.Shop/Buy"],
  ["service", ""],
] satisfies [Scope, string][])(
  "a %s that the catalogue does not know is none: %j",
  (scope, name) => {
    const { condition, problem } = chosenCondition(known, { kind: "request", scope, name });
    expect(condition).toBeUndefined();
    expect(problem).not.toBe("");
  },
);

test("event types are in a group for each of their parts", () => {
  expect(namesFor(known, "event", "group")).toEqual([
    "shop",
    "shop.order",
    "shop.order.paid",
    "shop.order.sent",
    "user",
  ]);
});
