/** TokenService over the real server. */
import type { Message } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { describe, expect, test } from "vitest";
import { permissionNames } from "../../src/auth/permissions.ts";
import {
  anyTarget,
  callerOf,
  comes,
  denied,
  freshInstance,
  iamDoors,
  invalid,
  tokenIdOf,
  unauthenticated,
} from "./support/iam.ts";
import { useServer } from "./support/server.ts";

const server = useServer();

const caller = (token: string, door: (typeof iamDoors)[number] = "gRPC") =>
  callerOf(server.app.url, token, door);
const owner = (door?: (typeof iamDoors)[number]) => caller(server.app.tokens.owner, door);

/** Makes a token as the owner, and gives its text. */
async function make(roles: string[], permissions: string[] = []): Promise<string> {
  return (await owner().tokens.createToken({ roles, permissions })).accessToken;
}

describe.each(iamDoors)("over %s", (door) => {
  test("a token works until it is revoked, and not once more", async () => {
    const { accessToken, token } = await owner(door).tokens.createToken({
      description: "ci",
      roles: ["IAM_OWNER_VIEWER", "IAM_OWNER_VIEWER"],
      permissions: ["action.target.write"],
    });
    expect(accessToken).toMatch(/^tgd_[0-9a-z]+_[\w-]{43}$/);
    expect(token).toMatchObject({
      id: tokenIdOf(accessToken),
      description: "ci",
      roles: ["IAM_OWNER_VIEWER"],
      permissions: ["action.target.write"],
    });
    const { targets } = caller(accessToken, door);
    expect(await comes(targets.createTarget(anyTarget()))).toBe("OK");
    const { revocationDate } = await owner(door).tokens.revokeToken({ id: token?.id ?? "" });
    expect(await comes(targets.listTargets({}))).toBe(unauthenticated);
    const again = await owner(door).tokens.revokeToken({ id: token?.id ?? "" });
    expect(again.revocationDate).toEqual(revocationDate);
  });

  test.each<[string, object, string]>([
    ["nothing", {}, invalid("roles")],
    ["an unknown role", { roles: ["OWNER"] }, invalid("roles[0]")],
    [
      "unknown names and a past end, all at once",
      { roles: ["OWNER"], permissions: ["x"], expirationDate: timestampFromMs(0) },
      invalid("roles[0]", "permissions[0]", "expiration_date"),
    ],
    [
      "an end too far away to be told exactly",
      { roles: ["IAM_OWNER"], expirationDate: { seconds: 253_402_300_799n } },
      invalid("expiration_date"),
    ],
    [
      "too long a description",
      { roles: ["IAM_OWNER"], description: "x".repeat(201) },
      invalid("description"),
    ],
    [
      "an unknown instance",
      { roles: ["IAM_OWNER"], instanceId: "nowhere" },
      "NOT_FOUND TARGETD-INSTANCE-NOT-FOUND",
    ],
  ])("a grant of %s is refused", async (_, request, outcome) => {
    expect(await comes(owner(door).tokens.createToken(request))).toBe(outcome);
  });

  test("nobody grants more than they hold", async () => {
    const limited = caller(await make(["IAM_OWNER_VIEWER"], ["iam.token.write"]), door).tokens;
    const grants: [object, string][] = [
      [{ roles: ["IAM_OWNER_VIEWER"] }, "OK"],
      [{ permissions: ["iam.token.write", "action.target.read"] }, "OK"],
      [{ permissions: ["action.target.write"] }, denied],
      [{ roles: ["IAM_OWNER"] }, denied],
      [{ roles: ["EXECUTION_CALLER"] }, denied],
      [{ roles: ["IAM_OWNER_VIEWER"], instanceId: "other" }, denied],
      [{ roles: ["IAM_OWNER_VIEWER"], instanceId: "nowhere" }, denied],
      [{ roles: ["IAM_OWNER_VIEWER"], instanceId: "default" }, "OK"],
    ];
    for (const [grant, outcome] of grants) {
      expect(await comes(limited.createToken(grant)), JSON.stringify(grant)).toBe(outcome);
    }
  });

  test("who may make tokens, and no more, makes nobody an owner", async () => {
    const weak = caller(await make([], ["iam.token.write"]), door).tokens;
    const every = caller(await make([], [...permissionNames]), door).tokens;
    const grants: [object, string, string][] = [
      [{ roles: ["IAM_OWNER"] }, denied, denied],
      [{ roles: ["EXECUTION_CALLER"] }, denied, denied],
      [{ permissions: ["iam.token.write", "iam.instance.write"] }, denied, "OK"],
      [{ permissions: ["iam.token.write"], instanceId: "other" }, denied, "OK"],
      [{ roles: ["IAM_OWNER"], instanceId: "other" }, denied, denied],
      [{ permissions: ["iam.token.write"] }, "OK", "OK"],
    ];
    for (const [grant, byWeak, byEvery] of grants) {
      const outcomes = [weak, every].map((tokens) => comes(tokens.createToken(grant)));
      expect([grant, ...(await Promise.all(outcomes))]).toEqual([grant, byWeak, byEvery]);
    }
  });

  test("only the default instance's callers make tokens of another instance", async () => {
    const stranger = caller(server.app.tokens.stranger, door);
    const grant = { roles: ["IAM_OWNER"], instanceId: "default" };
    expect(await comes(stranger.tokens.createToken(grant))).toBe(denied);
    const made = await owner(door).tokens.createToken({ ...grant, instanceId: "other" });
    const { id } = await stranger.targets.createTarget(anyTarget());
    const { targets } = caller(made.accessToken, door);
    expect((await targets.getTarget({ id })).target?.id).toBe(id);
    expect(await comes(owner(door).targets.getTarget({ id }))).toBe("NOT_FOUND QUERY-hj5oaniyrz");
  });

  test("a viewer and a token without permissions may do none of it", async () => {
    const { tokens, audit } = caller(server.app.tokens.nobody, door);
    const viewer = caller(server.app.tokens.viewer, door);
    const calls: Promise<Message>[] = [
      ...[tokens.listTokens({}), tokens.createToken({}), tokens.revokeToken({})],
      ...[audit.listChanges({}), viewer.tokens.listTokens({})],
    ];
    expect(await Promise.all(calls.map(comes))).toEqual(calls.map(() => denied));
  });
});

test("an end that is no valid timestamp is refused", async () => {
  const expirationDate = { seconds: 9_000_000_000n, nanos: -1 };
  const call = owner().tokens.createToken({ roles: ["IAM_OWNER"], expirationDate });
  expect(await comes(call)).toBe(invalid("expiration_date"));
});

test("a token ends when it expires", async () => {
  const soon = Math.ceil(server.clock.now() / 1000) + 3_600_000;
  const { accessToken, token } = await owner().tokens.createToken({
    roles: ["IAM_OWNER"],
    expirationDate: timestampFromMs(soon),
  });
  expect(token?.expirationDate).toEqual(timestampFromMs(soon));
  const { targets } = caller(accessToken);
  expect(await comes(targets.listTargets({}))).toBe("OK");
  server.clock.pass(3601);
  expect(await comes(targets.listTargets({}))).toBe(unauthenticated);
});

test("the last use shows, to the minute", async () => {
  const text = await make(["IAM_OWNER_VIEWER"]);
  const lastUse = async () => {
    // The store keeps the order of writes: after this one, those before it show.
    await make(["IAM_OWNER_VIEWER"]);
    const { tokens } = await owner().tokens.listTokens({});
    return tokens.find(({ id }) => id === tokenIdOf(text))?.lastUseDate;
  };
  expect(await lastUse()).toBeUndefined();
  const before = server.clock.now() / 1000;
  await caller(text).targets.listTargets({});
  const first = await lastUse();
  expect(first && timestampMs(first)).toBeGreaterThanOrEqual(Math.floor(before));
  await caller(text).targets.listTargets({});
  expect(await lastUse()).toEqual(first);
  server.clock.pass(61);
  await caller(text).targets.listTargets({});
  expect(await lastUse()).not.toEqual(first);
});

test("tokens are listed newest first, a page at a time, without their texts", async () => {
  const made = [await make(["IAM_OWNER_VIEWER"]), await make(["IAM_OWNER_VIEWER"])];
  const newest = await owner().tokens.listTokens({ pagination: { limit: 2 } });
  expect(newest.tokens.map(({ id }) => id)).toEqual(made.map(tokenIdOf).reverse());
  expect(newest.pagination?.appliedLimit).toBe(2n);
  const total = newest.pagination?.totalResult ?? 0n;
  const next = await owner().tokens.listTokens({ pagination: { limit: 1, offset: 1n } });
  expect(next.tokens[0]?.id).toBe(tokenIdOf(made[0] ?? ""));
  const asc = await owner().tokens.listTokens({ pagination: { asc: true, offset: total - 1n } });
  expect(asc.tokens.map(({ id }) => id)).toEqual([tokenIdOf(made[1] ?? "")]);
  expect(await comes(owner().tokens.listTokens({ pagination: { limit: 1001 } }))).toBe(
    "INVALID_ARGUMENT QUERY-4M0fs pagination.limit",
  );
});

test("an instance keeps its last token that may do everything", async () => {
  const id = freshInstance();
  const first = (await owner().instances.createInstance({ id })).accessToken;
  const { tokens } = caller(first);
  const lastToken = "FAILED_PRECONDITION TARGETD-LAST-TOKEN";
  expect(await comes(tokens.revokeToken({ id: tokenIdOf(first) }))).toBe(lastToken);
  await tokens.createToken({ roles: ["IAM_OWNER_VIEWER"] });
  await tokens.createToken({ roles: ["IAM_OWNER"], expirationDate: { seconds: 9_000_000_000n } });
  expect(await comes(tokens.revokeToken({ id: tokenIdOf(first) }))).toBe(lastToken);
  await tokens.createToken({ permissions: ["iam.token.write"] });
  expect(await comes(tokens.revokeToken({ id: tokenIdOf(first) }))).toBe(lastToken);
  const second = (await tokens.createToken({ roles: ["IAM_OWNER"] })).accessToken;
  expect(await comes(tokens.revokeToken({ id: tokenIdOf(first) }))).toBe("OK");
  const left = caller(second).tokens;
  expect(await comes(left.revokeToken({ id: tokenIdOf(second) }))).toBe(lastToken);
});

test("a token that holds less than another cannot revoke it, but itself", async () => {
  const first = (await owner().instances.createInstance({ id: freshInstance() })).accessToken;
  const { tokens } = caller(first);
  const spare = (await tokens.createToken({ roles: ["IAM_OWNER"] })).accessToken;
  const weak = (await tokens.createToken({ permissions: ["iam.token.write"] })).accessToken;
  expect(await comes(caller(weak).tokens.revokeToken({ id: tokenIdOf(spare) }))).toBe(
    "PERMISSION_DENIED AUTH-5mWD2",
  );
  expect(await comes(caller(weak).tokens.revokeToken({ id: tokenIdOf(weak) }))).toBe("OK");
});

test("of two last tokens that revoke one another at once, one stays", async () => {
  const first = (await owner().instances.createInstance({ id: freshInstance() })).accessToken;
  const second = (await caller(first).tokens.createToken({ roles: ["IAM_OWNER"] })).accessToken;
  const outcomes = await Promise.all([
    comes(caller(first).tokens.revokeToken({ id: tokenIdOf(second) })),
    comes(caller(second).tokens.revokeToken({ id: tokenIdOf(first) })),
  ]);
  expect(outcomes.filter((outcome) => outcome === "OK")).toHaveLength(1);
});

test("a token of another instance, or none, cannot be revoked", async () => {
  const notFound = "NOT_FOUND TARGETD-TOKEN-NOT-FOUND";
  const id = tokenIdOf(server.app.tokens.viewer);
  const { tokens } = caller(server.app.tokens.stranger);
  expect(await comes(tokens.revokeToken({ id }))).toBe(notFound);
  expect(await comes(tokens.revokeToken({ id: "nothing" }))).toBe(notFound);
  expect(await comes(tokens.revokeToken({}))).toBe(invalid("id"));
  expect(await comes(caller(server.app.tokens.viewer).targets.listTargets({}))).toBe("OK");
});
