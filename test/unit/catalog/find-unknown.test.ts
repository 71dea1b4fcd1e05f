import { describe, expect, test } from "vitest";
import { compileCatalog } from "../../../src/catalog/catalog.ts";
import { readDescriptorSet } from "../../../src/catalog/descriptor-set.ts";
import { findUnknown } from "../../../src/catalog/find-unknown.ts";
import type { Condition } from "../../../src/domain/condition.ts";
import { micros } from "../../../src/domain/units.ts";
import { nameOf } from "../../support/api-error.ts";
import { descriptorSet, serviceFile } from "../../support/descriptor-sets.ts";

const set = readDescriptorSet(
  descriptorSet(serviceFile("shop.v1", { Shop: ["Buy", "stream Watch"] })),
);
const source = { name: "shop", descriptorSet: set.bytes, importedAt: micros(1) };
const lists = { eventTypes: ["user.human.added", "user.machine"], functions: ["price"] };
const catalog = compileCatalog({ version: 1, sources: [source], ...lists }, [set]);

const method = (service: string, name: string): Condition => {
  return { kind: "request", scope: "method", service, method: name };
};
const service = (name: string): Condition => ({
  kind: "response",
  scope: "service",
  service: name,
});
const event = (type: string): Condition => ({ kind: "event", scope: "type", type });
const group = (name: string): Condition => ({ kind: "event", scope: "group", group: name });
const named = (name: string): Condition => ({ kind: "function", name });

const verdict = (condition: Condition) => {
  const error = findUnknown(catalog, condition);
  return error === undefined ? "none" : nameOf(error);
};

describe("knows", () => {
  test.each([
    [method("shop.v1.Shop", "Buy"), "none"],
    [method("shop.v1.Shop", "Watch"), "methodNotFound"],
    [method("shop.v1.Shop", "Sell"), "methodNotFound"],
    [method("zitadel.action.v2.ActionService", "CreateTarget"), "none"],
    [method("zitadel.action.v2beta.ActionService", "CreateTarget"), "none"],
    [method("targetd.v1.TokenService", "CreateToken"), "methodNotFound"],
    [service("shop.v1.Shop"), "none"],
    [service("shop.v1"), "serviceNotFound"],
    [service("targetd.v1.ExecutionService"), "serviceNotFound"],
    [service("__proto__"), "serviceNotFound"],
    [{ kind: "request", scope: "all" }, "none"],
    [named("price"), "none"],
    [named("preaccesstoken"), "none"],
    [named("constructor"), "functionNotFound"],
    [event("user.human.added"), "none"],
    [event("target.changed"), "none"],
    [event("user.human"), "eventTypeNotFound"],
    [event("toString"), "eventTypeNotFound"],
    [group("user"), "none"],
    [group("user.human"), "none"],
    [group("user.human.added"), "none"],
    [group("user.machine"), "none"],
    [group("execution"), "none"],
    [group("user.hum"), "eventGroupNotFound"],
    [group("use"), "eventGroupNotFound"],
    [group("user."), "eventGroupNotFound"],
    [group("user.human.added.twice"), "eventGroupNotFound"],
    [{ kind: "event", scope: "all" }, "none"],
  ] as const)("%j: %s", (condition, error) => {
    expect(verdict(condition)).toBe(error);
  });
});

const messageOf = (condition: Condition) => findUnknown(catalog, condition)?.message ?? "";

describe("hints at", () => {
  test.each([
    [method("shop.v1.shop", "buy"), '"/shop.v1.Shop/Buy"'],
    [{ ...method("shop.v1.Shop.Buy", ""), method: "" }, '"/shop.v1.Shop/Buy"'],
    [service("shop.v1.Shopp"), '"shop.v1.Shop"'],
    [named("prise"), '"price"'],
    [event("user.human.add"), '"user.human.added"'],
    [group("user.humans"), '"user.human"'],
    [group("usr"), '"user"'],
    [group("user.*"), '"user"'],
  ] as const)("%j: %s", (condition, hint) => {
    expect(messageOf(condition as Condition)).toContain(`did you mean ${hint}?`);
  });

  test("nothing where nothing is near", () => {
    expect(messageOf(event("nothing.like.this"))).not.toContain("did you mean");
  });
});

test("an error repeats no more than a part of a name, and no control characters", () => {
  expect(messageOf(named("x".repeat(1000))).length).toBeLessThan(300);
  expect(messageOf(named("a\nb"))).toContain('"a\\nb"');
});
