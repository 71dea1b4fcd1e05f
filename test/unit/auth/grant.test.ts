import { getOption } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { access } from "../../../gen/targetd/v1/options_pb.ts";
import { excessGrant, excessPermission, grantViolations } from "../../../src/auth/grant.ts";
import { type Rights, roleNames } from "../../../src/auth/identity.ts";
import { permissionNames } from "../../../src/auth/permissions.ts";
import { generatedFiles } from "../../support/descriptor-shape.ts";

const rights = (roles: string[], permissions: string[] = []): Rights => ({ roles, permissions });

test("every permission that a method needs can be granted", async () => {
  const files = await Promise.all([generatedFiles("zitadel"), generatedFiles("targetd")]);
  const methods = files.flat().flatMap(({ services }) => services.flatMap((each) => each.methods));
  const needed = methods.flatMap((method) => {
    const { rule } = getOption(method, access);
    return rule.case === "permission" ? [rule.value] : [];
  });
  expect(needed.length).toBeGreaterThan(0);
  expect(permissionNames).toEqual(expect.arrayContaining(needed));
  expect(new Set(permissionNames).size).toBe(permissionNames.length);
});

test.each<[string, Rights, string[]]>([
  ["a role", rights(["IAM_OWNER"]), []],
  ["every role", rights([...roleNames]), []],
  ["every permission", rights([], [...permissionNames]), []],
  ["nothing", rights([]), ["roles"]],
  ["an unknown role", rights(["IAM_OWNER", "iam_owner"]), ["roles[1]"]],
  ["a name of an object", rights(["constructor"]), ["roles[0]"]],
  [
    "several unknown names",
    rights([""], ["action.target.read", "action.*", "x"]),
    ["roles[0]", "permissions[1]", "permissions[2]"],
  ],
])("granting %s has the violations it should", (_, granted, fields) => {
  expect(grantViolations(granted).map(({ field }) => field)).toEqual(fields);
});

test("a violation names what is unknown", () => {
  const [violation] = grantViolations(rights([], ["action.targets.read"]));
  expect(violation?.description).toContain("action.targets.read");
});

test.each<[string, Rights, Rights, string | undefined]>([
  ["an owner, everything", rights(["IAM_OWNER"]), rights([...roleNames]), undefined],
  ["a viewer, its role", rights(["IAM_OWNER_VIEWER"]), rights(["IAM_OWNER_VIEWER"]), undefined],
  [
    "a viewer, a permission of its role",
    rights(["IAM_OWNER_VIEWER"]),
    rights([], ["iam.audit.read"]),
    undefined,
  ],
  [
    "a viewer, ownership",
    rights(["IAM_OWNER_VIEWER"]),
    rights(["IAM_OWNER"]),
    "action.target.write",
  ],
  [
    "the permissions of a role, the role",
    rights([], ["action.execution.call", "action.event.write"]),
    rights(["EXECUTION_CALLER"]),
    undefined,
  ],
  [
    "some permissions of a role, the role",
    rights([], ["action.execution.call"]),
    rights(["EXECUTION_CALLER"]),
    "action.event.write",
  ],
  [
    "one permission, another",
    rights([], ["iam.token.write"]),
    rights([], ["iam.token.write", "iam.instance.write"]),
    "iam.instance.write",
  ],
])("%s: what is too much", (_, holder, granted, excess) => {
  expect(excessPermission(holder, granted)).toBe(excess);
});

test.each<[string, Rights, Rights, string | undefined]>([
  ["an owner, every role", rights(["IAM_OWNER"]), rights([...roleNames]), undefined],
  [
    "an owner, every permission",
    rights(["IAM_OWNER"]),
    rights([], [...permissionNames]),
    undefined,
  ],
  ["a viewer, its role", rights(["IAM_OWNER_VIEWER"]), rights(["IAM_OWNER_VIEWER"]), undefined],
  [
    "every permission, every permission",
    rights([], [...permissionNames]),
    rights([], [...permissionNames]),
    undefined,
  ],
  [
    "every permission, ownership",
    rights([], [...permissionNames]),
    rights(["IAM_OWNER"]),
    "role IAM_OWNER",
  ],
  [
    "the permissions of a role, the role",
    rights([], ["action.execution.call", "action.event.write"]),
    rights(["EXECUTION_CALLER"]),
    "role EXECUTION_CALLER",
  ],
  [
    "a viewer, ownership",
    rights(["IAM_OWNER_VIEWER"]),
    rights(["IAM_OWNER"]),
    "action.target.write",
  ],
])("%s: what cannot be granted", (_, holder, granted, excess) => {
  expect(excessGrant(holder, granted)).toBe(excess);
});

test("with the single permission to make tokens, nothing else can be granted", () => {
  const holder = rights([], ["iam.token.write"]);
  const grants = [
    ...roleNames.map((name) => rights([name])),
    ...permissionNames.map((name) => rights([], [name])),
  ];
  const allowed = grants.filter((granted) => excessGrant(holder, granted) === undefined);
  expect(allowed).toEqual([rights([], ["iam.token.write"])]);
});
