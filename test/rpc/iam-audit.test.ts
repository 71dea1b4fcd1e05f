/** AuditService over the real server: what the other calls leave behind. */
import { type JsonValue, toJson, toJsonString } from "@bufbuild/protobuf";
import { timestampDate, ValueSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, test } from "vitest";
import {
  type Change,
  ListChangesResponseSchema,
  ResourceType,
} from "../../gen/targetd/v1/audit_service_pb.ts";
import { PayloadType } from "../../gen/zitadel/action/v2/target_pb.ts";
import {
  anyTarget,
  callerOf,
  comes,
  denied,
  freshInstance,
  iamDoors,
  invalid,
  tokenIdOf,
} from "./support/iam.ts";
import { useServer } from "./support/server.ts";

const server = useServer();

type DoorName = (typeof iamDoors)[number];

const caller = (token: string, door?: DoorName) => callerOf(server.app.url, token, door);
const owner = (door?: DoorName) => caller(server.app.tokens.owner, door);

/** An owner of an instance of its own, where nothing else leaves changes. */
async function alone(door?: DoorName) {
  const id = freshInstance();
  const { accessToken } = await owner(door).instances.createInstance({ id });
  return { id, accessToken, ...caller(accessToken, door) };
}

/** For instance ["changed", {name: ["a", "b"]}]. */
function shortly({ action, fields }: Change): [string, Record<string, (JsonValue | undefined)[]>] {
  const sides = fields.map(({ field, oldValue, newValue }) => {
    const pair = [oldValue, newValue].map((value) => value && toJson(ValueSchema, value));
    return [field, pair];
  });
  return [action, Object.fromEntries(sides)];
}

describe.each(iamDoors)("over %s", (door) => {
  test("a target's life is told with authors and fields, but without secrets", async () => {
    const { targets, audit, accessToken } = await alone(door);
    const target = { ...anyTarget(), name: "a", headers: { "x-key": "header-secret" } };
    const { id, signingKey } = await targets.createTarget(target);
    const rotated = await targets.updateTarget({
      id,
      name: "b",
      headers: { "x-key": "header-secret-2" },
      expirationSigningKey: { seconds: 60n },
    });
    await targets.updateTarget({ id, name: "b" });
    await targets.deleteTarget({ id });
    const answer = await audit.listChanges({
      resourceType: ResourceType.TARGET,
      resourceId: id,
    });
    const [deleted, changed, created] = answer.changes;
    expect(answer.changes).toHaveLength(3);
    expect(deleted?.action).toBe("deleted");
    expect(created?.action).toBe("created");
    expect(changed && shortly(changed)).toEqual([
      "changed",
      {
        name: ["a", "b"],
        headers: [["x-key"], ["x-key"]],
        signing_key: [expect.any(String), rotated.target?.signingKeyId],
      },
    ]);
    for (const change of answer.changes) {
      expect(change).toMatchObject({
        author: `token:${tokenIdOf(accessToken)}`,
        resourceType: ResourceType.TARGET,
        resourceId: id,
      });
    }
    const told = toJsonString(ListChangesResponseSchema, answer);
    const secrets = [signingKey, rotated.signingKey, "header-secret", accessToken, "whsec_"];
    for (const secret of secrets) expect(told).not.toContain(secret);
  });

  test("values have the form that they have in the API", async () => {
    const { targets, audit } = await alone(door);
    const { id } = await targets.createTarget(anyTarget());
    const deliveryPolicy = { retryDelays: [{ seconds: 1n, nanos: 500_000_000 }] };
    const targetType = { case: "restAsync", value: {} } as const;
    const timeout = { seconds: 20n };
    await targets.updateTarget({
      ...{ id, targetType, timeout, deliveryPolicy, endpoint: "https://example.com/b" },
      ...{ payloadType: PayloadType.JWT, disabled: true, ordered: true },
    });
    const { changes } = await audit.listChanges({ resourceId: id, pageSize: 1 });
    expect(changes.map(shortly)).toEqual([
      [
        "changed",
        {
          target_type: [{ restWebhook: { interruptOnError: false } }, { restAsync: {} }],
          timeout: ["10s", "20s"],
          endpoint: ["https://example.com/hook", "https://example.com/b"],
          payload_type: ["PAYLOAD_TYPE_JSON", "PAYLOAD_TYPE_JWT"],
          delivery_policy: [undefined, { retryDelays: ["1.500s"] }],
          disabled: [false, true],
          ordered: [false, true],
        },
      ],
    ]);
  });

  test("tokens leave changes, their texts do not", async () => {
    const { tokens, audit } = await alone(door);
    const { accessToken, token } = await tokens.createToken({ roles: ["IAM_OWNER_VIEWER"] });
    const id = token?.id ?? "";
    await tokens.revokeToken({ id });
    await tokens.revokeToken({ id });
    const answer = await audit.listChanges({ resourceType: ResourceType.TOKEN, resourceId: id });
    expect(answer.changes.map(({ action }) => action)).toEqual(["revoked", "created"]);
    expect(toJsonString(ListChangesResponseSchema, answer)).not.toContain(accessToken);
  });

  test("instances leave changes with those who made them", async () => {
    const { id, accessToken, audit: inside } = await alone(door);
    const { instances, audit } = owner(door);
    await instances.setFeature({ instanceId: id, feature: "actions", enabled: false });
    await instances.setFeature({ instanceId: id, feature: "actions", enabled: false });
    const own = await inside.listChanges({});
    expect(own.changes.map(({ action, resourceId }) => [action, resourceId])).toEqual([
      ["changed", id],
      ["created", tokenIdOf(accessToken)],
    ]);
    await instances.deleteInstance({ id });
    const { changes } = await audit.listChanges({
      resourceType: ResourceType.INSTANCE,
      resourceId: id,
    });
    expect(changes.map(({ action }) => action)).toEqual(["deleted", "changed", "created"]);
    const author = `token:${tokenIdOf(server.app.tokens.owner)}`;
    const authors = [...changes, ...own.changes].map((change) => change.author);
    expect(new Set(authors)).toEqual(new Set([author]));
  });

  test("a refused call appears once, however often it is tried", async () => {
    const { tokens, audit } = await alone(door);
    const { accessToken } = await tokens.createToken({ roles: ["IAM_OWNER_VIEWER"] });
    const viewer = caller(accessToken, door);
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(await comes(viewer.targets.createTarget({}))).toBe(denied);
    }
    expect(await comes(viewer.instances.listInstances({}))).toBe(denied);
    // The store keeps the order of writes: after this one, those before it show.
    await tokens.createToken({ roles: ["IAM_OWNER_VIEWER"] });
    const { changes } = await audit.listChanges({ resourceType: ResourceType.CALL });
    expect(changes.map(({ resourceId, author }) => [resourceId, author])).toEqual([
      ["targetd.v1.InstanceService/ListInstances", `token:${tokenIdOf(accessToken)}`],
      ["zitadel.action.v2.ActionService/CreateTarget", `token:${tokenIdOf(accessToken)}`],
    ]);
    expect(changes.map(shortly)).toEqual([
      ["denied", { permission: [undefined, "iam.instance.write"] }],
      ["denied", { permission: [undefined, "action.target.write"] }],
    ]);
  });

  test("a refused grant appears as well", async () => {
    const { tokens, audit } = await alone(door);
    const { accessToken } = await tokens.createToken({ permissions: ["iam.token.write"] });
    const grant = { permissions: ["action.target.read"] };
    expect(await comes(caller(accessToken, door).tokens.createToken(grant))).toBe(denied);
    await tokens.createToken({ roles: ["IAM_OWNER_VIEWER"] });
    const { changes } = await audit.listChanges({ resourceType: ResourceType.CALL });
    expect(changes.map(shortly)).toEqual([
      ["denied", { permission: [undefined, "action.target.read"] }],
    ]);
  });

  test("pages join without a gap, also while changes are made", async () => {
    const { targets, audit } = await alone(door);
    const ids: string[] = [];
    for (let number = 0; number < 5; number++) {
      ids.unshift((await targets.createTarget(anyTarget())).id);
    }
    const found: string[] = [];
    let pageToken = "";
    do {
      const request = { resourceType: ResourceType.TARGET, pageSize: 2, pageToken };
      const page = await audit.listChanges(request);
      expect(page.changes.length).toBeLessThanOrEqual(2);
      found.push(...page.changes.map(({ resourceId }) => resourceId));
      pageToken = page.nextPageToken;
      await targets.createTarget(anyTarget());
    } while (pageToken !== "");
    expect(found).toEqual(ids);
  });
});

test("a page token is of no use with other filters, or in another instance", async () => {
  const first = await alone();
  const second = await alone();
  for (const { targets } of [first, first, second, second]) {
    await targets.createTarget(anyTarget());
  }
  const author = `token:${tokenIdOf(first.accessToken)}`;
  const filters = { resourceType: ResourceType.TARGET, author };
  const page = await first.audit.listChanges({ ...filters, pageSize: 1 });
  const pageToken = page.nextPageToken;
  const list = (changes: object, { audit } = first) =>
    comes(audit.listChanges({ ...filters, pageToken, ...changes }));
  expect(await list({ pageSize: 7 })).toBe("OK");
  const others: object[] = [
    { resourceType: ResourceType.UNSPECIFIED },
    { resourceId: "x" },
    { author: "" },
    { since: { seconds: 1n } },
    { until: { seconds: 9_000_000_000n } },
    { pageToken: "x" },
  ];
  for (const changes of others) expect(await list(changes)).toBe(invalid("page_token"));
  expect(await list({}, second)).toBe(invalid("page_token"));
});

test("changes are found by author and time", async () => {
  const { targets, tokens, audit, accessToken } = await alone();
  const before = await targets.createTarget(anyTarget());
  const other = await tokens.createToken({ roles: ["IAM_OWNER"] });
  server.clock.pass(10);
  const after = await caller(other.accessToken).targets.createTarget(anyTarget());
  const find = async (filter: Parameters<typeof audit.listChanges>[0]) => {
    const request = { resourceType: ResourceType.TARGET, ...filter };
    const { changes } = await audit.listChanges(request);
    return changes.map(({ resourceId }) => resourceId);
  };
  expect(await find({})).toEqual([after.id, before.id]);
  expect(await find({ author: `token:${tokenIdOf(accessToken)}` })).toEqual([before.id]);
  const [latest] = (await audit.listChanges({ resourceId: after.id })).changes;
  const since = latest?.date;
  if (since === undefined) throw new Error("the change has no date");
  expect(timestampDate(since).getTime()).toBeGreaterThan(0);
  expect(await find({ since })).toEqual([after.id]);
  expect(await find({ since: { ...since, nanos: since.nanos + 1 } })).toEqual([]);
  expect(await find({ until: since })).toEqual([before.id]);
  expect(await find({ until: { ...since, nanos: since.nanos + 1 } })).toEqual([
    after.id,
    before.id,
  ]);
});

test.each<[string, object, string]>([
  ["a page that is too large", { pageSize: 1001 }, invalid("page_size")],
  ["an unknown type", { resourceType: 99 }, invalid("resource_type")],
  [
    "times that are none",
    { since: { nanos: -1 }, until: { nanos: -1 } },
    invalid("since", "until"),
  ],
])("%s is refused", async (_, request, outcome) => {
  expect(await comes(owner().audit.listChanges(request))).toBe(outcome);
});

test("a viewer may read the audit", async () => {
  const { audit } = caller(server.app.tokens.viewer);
  expect(await comes(audit.listChanges({}))).toBe("OK");
});
