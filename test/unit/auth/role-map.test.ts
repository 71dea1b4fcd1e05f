import { expect, test } from "vitest";
import { grantsOf } from "../../../src/auth/role-map.ts";
import { roleMapRule } from "../../../src/config/role-map-rule.ts";

const viewer = { role: "IAM_OWNER_VIEWER", instance: "default" };
const map = roleMapRule.parse(
  JSON.stringify({
    viewer,
    admin: [
      { role: "IAM_OWNER", instance: "acme", organization: "1" },
      { role: "IAM_OWNER", instance: "beta", organization: "2" },
    ],
  }),
);

/** For instance "IAM_OWNER in acme". */
const shortly = (claim: unknown, from = map) =>
  grantsOf(claim, from).map(({ role, instance }) => `${role} in ${instance}`);

test.each<[string, unknown, readonly string[]]>([
  ["a mapped text", "viewer", ["IAM_OWNER_VIEWER in default"]],
  ["a mapped text in a list", ["viewer"], ["IAM_OWNER_VIEWER in default"]],
  ["a mapped role of any organization", { viewer: { 9: "x" } }, ["IAM_OWNER_VIEWER in default"]],
  ["a role of the first organization", { admin: { 1: "x" } }, ["IAM_OWNER in acme"]],
  ["a role of the second", { admin: { 2: "x" } }, ["IAM_OWNER in beta"]],
  ["of both", { admin: { 1: "x", 2: "y" } }, ["IAM_OWNER in acme", "IAM_OWNER in beta"]],
  ["of another organization", { admin: { 3: "x" } }, []],
  ["of an organization known by its domain only", { admin: { 3: "1" } }, []],
  ["without an organization where one is asked for", ["admin"], []],
  ["as a text where an organization is asked for", "admin", []],
  ["of no organization", { viewer: {} }, []],
  ["with true instead of organizations", { viewer: true }, []],
  ["with a text instead of organizations", { admin: "1" }, []],
  ["with a list instead of organizations", { admin: ["x", "1"] }, []],
  ["named IAM_OWNER", { IAM_OWNER: { 1: "x" } }, []],
  ["named constructor", ["constructor", "toString", "__proto__"], []],
  ["named __proto__", JSON.parse('{"__proto__": {"1": "x"}, "constructor": {"1": "x"}}'), []],
  ["null", null, []],
  ["undefined", undefined, []],
])("a role %s", (_name, claim, expected) => {
  expect(shortly(claim)).toEqual(expected);
});

test("organizations named as what every object has are not found by inheritance", () => {
  const asked = { ...viewer, organization: "constructor" };
  const from = roleMapRule.parse(JSON.stringify({ viewer: asked }));
  expect(shortly({ viewer: { 1: "x" } }, from)).toEqual([]);
  expect(shortly({ viewer: { constructor: "x" } }, from)).toEqual(["IAM_OWNER_VIEWER in default"]);
});

test("values named __proto__ and constructor can be mapped", () => {
  const from = roleMapRule.parse(
    `{"__proto__": ${JSON.stringify(viewer)}, "constructor": ${JSON.stringify(viewer)}}`,
  );
  expect(shortly(["__proto__"], from)).toHaveLength(1);
  expect(shortly(JSON.parse('{"__proto__": {"1": "x"}}'), from)).toHaveLength(1);
  expect(shortly(["constructor"], from)).toHaveLength(1);
  expect(shortly(["toString"], from)).toEqual([]);
});

test.each([
  ["no JSON", "{"],
  ["a list", "[]"],
  ["null", "null"],
  ["a text as grant", '{"admin": "IAM_OWNER"}'],
  ["an unknown role", '{"admin": {"role": "OWNER", "instance": "a"}}'],
  ["a role that every object has", '{"admin": {"role": "constructor", "instance": "a"}}'],
  ["no instance", '{"admin": {"role": "IAM_OWNER"}}'],
  ["an empty instance", '{"admin": {"role": "IAM_OWNER", "instance": ""}}'],
  ["an empty organization", '{"a": {"role": "IAM_OWNER", "instance": "a", "organization": ""}}'],
  ["a misspelled name", '{"a": {"role": "IAM_OWNER", "instance": "a", "organisation": "1"}}'],
  ["a bad one in a list", '{"a": [{"role": "IAM_OWNER", "instance": "a"}, {}]}'],
])("a map with %s is refused", (_name, text) => {
  expect(roleMapRule.safeParse(text).success).toBe(false);
});

test("every mistake of a map is named with its value", () => {
  const text = '{"a": {"role": "X", "instance": "d"}, "b": {"role": "IAM_OWNER"}, "c": 1}';
  const messages = roleMapRule.safeParse(text).error?.issues.map(({ message }) => message);
  expect(messages?.map((message) => message.split(" ").slice(0, 2).join(" "))).toEqual([
    '"a" role',
    '"b" instance',
    '"c" must',
  ]);
});
