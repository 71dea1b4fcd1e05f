/** The signing keys of instances over the real server: three methods and the key sets. */
import type { JWK } from "jose";
import { describe, expect, test } from "vitest";
import { ResourceType } from "../../gen/targetd/v1/audit_service_pb.ts";
import {
  KeyAlgorithm,
  InstanceKey_State as State,
} from "../../gen/targetd/v1/instance_service_pb.ts";
import { callerOf, comes, denied, freshInstance, iamDoors, invalid } from "./support/iam.ts";
import { useServer } from "./support/server.ts";

const server = useServer();

type DoorName = (typeof iamDoors)[number];

const owner = (door?: DoorName) => callerOf(server.app.url, server.app.tokens.owner, door);
const noInstance = "NOT_FOUND TARGETD-INSTANCE-NOT-FOUND";
const noKey = "NOT_FOUND TARGETD-INSTANCE-KEY-NOT-FOUND";

/** A new instance, with a caller of its own. */
async function makeInstance(door?: DoorName) {
  const instanceId = freshInstance();
  const { accessToken } = await owner(door).instances.createInstance({ id: instanceId });
  return { instanceId, first: callerOf(server.app.url, accessToken, door) };
}

async function keySet(path: string) {
  const answer = await fetch(`${server.app.url}${path}`);
  const { keys = [] } = (await answer.json()) as { keys?: JWK[] };
  return { status: answer.status, cache: answer.headers.get("cache-control"), keys };
}

const kidsOf = async (instanceId: string) =>
  (await keySet(`/instances/${instanceId}/keys`)).keys.map(({ kid }) => kid);

const statesOf = async (instanceId: string, door?: DoorName) => {
  const { keys } = await owner(door).instances.listInstanceKeys({ instanceId });
  return keys.map(({ keyId, state }) => [keyId, state]);
};

describe.each(iamDoors)("over %s", (door) => {
  test("a rotation goes its way from next to current to gone, and the key set with it", async () => {
    const { instanceId } = await makeInstance(door);
    const { instances } = owner(door);
    const rotate = () => instances.rotateInstanceKey({ instanceId });
    expect(await statesOf(instanceId, door)).toEqual([]);
    const { key: first } = await rotate();
    expect(first).toMatchObject({ algorithm: KeyAlgorithm.RS256, state: State.CURRENT });
    expect(first?.signsFrom).toEqual(first?.creationDate);
    expect(first).not.toHaveProperty("publishedUntil");
    const a = first?.keyId;
    const { key: next } = await rotate();
    const b = next?.keyId;
    expect(next).toMatchObject({ algorithm: KeyAlgorithm.RS256, state: State.NEXT });
    const span = (next?.signsFrom?.seconds ?? 0n) - (next?.creationDate?.seconds ?? 0n);
    expect(span).toBe(600n);
    expect(await comes(rotate())).toBe("FAILED_PRECONDITION TARGETD-INSTANCE-KEY-WAITING");
    expect(await statesOf(instanceId, door)).toEqual([
      [a, State.CURRENT],
      [b, State.NEXT],
    ]);
    expect(await kidsOf(instanceId)).toEqual([a, b]);
    server.clock.pass(600);
    expect(await statesOf(instanceId, door)).toEqual([
      [a, State.PREVIOUS],
      [b, State.CURRENT],
    ]);
    server.clock.pass(24 * 3600);
    expect(await statesOf(instanceId, door)).toEqual([[b, State.CURRENT]]);
    expect(await kidsOf(instanceId)).toEqual([b]);
  });

  test.each([
    [KeyAlgorithm.RS256, { kty: "RSA", alg: "RS256", use: "sig" }],
    [KeyAlgorithm.ES256, { kty: "EC", crv: "P-256", alg: "ES256", use: "sig" }],
    [KeyAlgorithm.EDDSA, { kty: "OKP", crv: "Ed25519", alg: "EdDSA", use: "sig" }],
  ])(
    "a key with algorithm %d can be asked for, and the next one follows it",
    async (algorithm, jwk) => {
      const { instanceId } = await makeInstance(door);
      const { instances } = owner(door);
      const { key } = await instances.rotateInstanceKey({ instanceId, algorithm });
      const { keys } = await keySet(`/instances/${instanceId}/keys`);
      expect(keys).toMatchObject([{ ...jwk, kid: key?.keyId }]);
      const again = await instances.rotateInstanceKey({ instanceId });
      expect(again.key).toMatchObject({ algorithm, state: State.NEXT });
    },
  );

  test("a revoked key is gone at once, and another one signs", async () => {
    const { instanceId } = await makeInstance(door);
    const { instances } = owner(door);
    const algorithm = KeyAlgorithm.ES256;
    const { key: leaked } = await instances.rotateInstanceKey({ instanceId, algorithm });
    const keyId = leaked?.keyId ?? "";
    const { currentKey: spare } = await instances.revokeInstanceKey({ instanceId, keyId });
    expect(spare).toMatchObject({ algorithm, state: State.CURRENT });
    expect(await kidsOf(instanceId)).toEqual([spare?.keyId]);
    expect(await comes(instances.revokeInstanceKey({ instanceId, keyId }))).toBe(noKey);

    const { key: next } = await instances.rotateInstanceKey({ instanceId });
    const early = await instances.revokeInstanceKey({ instanceId, keyId: spare?.keyId ?? "" });
    expect(early.currentKey).toMatchObject({ keyId: next?.keyId, state: State.CURRENT });
    expect(await kidsOf(instanceId)).toEqual([next?.keyId]);
  });

  test("of two rotations at the same time one makes the next key", async () => {
    const { instanceId } = await makeInstance(door);
    const { instances } = owner(door);
    await instances.rotateInstanceKey({ instanceId });
    const both = [1, 2].map(() => comes(instances.rotateInstanceKey({ instanceId })));
    const outcomes = await Promise.all(both);
    expect(outcomes.sort()).toEqual(["FAILED_PRECONDITION TARGETD-INSTANCE-KEY-WAITING", "OK"]);
    expect(await kidsOf(instanceId)).toHaveLength(2);
  });

  test("what does not exist, or is no algorithm, is refused", async () => {
    const { instances } = owner(door);
    const { instanceId } = await makeInstance(door);
    for (const gone of ["nowhere", freshInstance()]) {
      const at = { instanceId: gone };
      expect(await comes(instances.listInstanceKeys(at))).toBe(noInstance);
      expect(await comes(instances.rotateInstanceKey(at))).toBe(noInstance);
      expect(await comes(instances.revokeInstanceKey({ ...at, keyId: "k" }))).toBe(noInstance);
    }
    expect(await comes(instances.revokeInstanceKey({ instanceId, keyId: "k" }))).toBe(noKey);
    expect(await comes(instances.revokeInstanceKey({ instanceId }))).toBe(invalid("key_id"));
    const algorithm = 9 as KeyAlgorithm;
    expect(await comes(instances.rotateInstanceKey({ algorithm }))).toBe(invalid("algorithm"));
  });

  test("an owner of another instance may not, not even in their own", async () => {
    const { first } = await makeInstance(door);
    expect(await comes(first.instances.listInstanceKeys({}))).toBe(denied);
    expect(await comes(first.instances.rotateInstanceKey({}))).toBe(denied);
    expect(await comes(first.instances.revokeInstanceKey({ keyId: "k" }))).toBe(denied);
  });

  test("the history of the instance tells the ids, and nothing else of the keys", async () => {
    const { instanceId, first } = await makeInstance(door);
    const { instances } = owner(door);
    const { key } = await instances.rotateInstanceKey({ instanceId });
    const keyId = key?.keyId ?? "";
    const { currentKey } = await instances.revokeInstanceKey({ instanceId, keyId });
    const { changes } = await first.audit.listChanges({ resourceType: ResourceType.INSTANCE });
    expect(changes.map(({ action, fields }) => [action, fields.map(({ field }) => field)])).toEqual(
      [
        ["changed", ["keys"]],
        ["changed", ["keys"]],
      ],
    );
    const values = changes.flatMap(({ fields }) =>
      fields.flatMap(({ oldValue, newValue }) => [oldValue, newValue]),
    );
    const texts = values.map((value) =>
      value?.kind.case === "listValue"
        ? value.kind.value.values.map(({ kind }) => kind.value)
        : value?.kind.case,
    );
    expect(texts).toEqual([[keyId], [currentKey?.keyId], [], [keyId]]);
  });
});

describe("the key set", () => {
  test("holds the first key before anything was signed, and the same one from then on", async () => {
    const { instanceId } = await makeInstance();
    const all = await Promise.all(Array.from({ length: 5 }, () => kidsOf(instanceId)));
    expect(new Set(all.flat()).size).toBe(1);
    const { keys } = await owner().instances.listInstanceKeys({ instanceId });
    expect(keys.map(({ keyId }) => keyId)).toEqual(all[0]);
  });

  test("has two addresses for the default instance, and no private half at either", async () => {
    const own = await keySet("/oauth/v2/keys");
    expect(own).toMatchObject({ status: 200, cache: "max-age=300" });
    expect(await keySet("/instances/default/keys")).toEqual(own);
    for (const key of own.keys) {
      expect(Object.keys(key).sort()).toEqual(["alg", "e", "kid", "kty", "n", "use"]);
    }
  });

  test("does not exist for an instance that does not, or not any more", async () => {
    const missing = { status: 404, cache: "no-store" };
    expect(await keySet("/instances/nowhere/keys")).toMatchObject(missing);
    const { instanceId } = await makeInstance();
    expect(await keySet(`/instances/${instanceId}/keys`)).toMatchObject({ status: 200 });
    await owner().instances.deleteInstance({ id: instanceId });
    expect(await keySet(`/instances/${instanceId}/keys`)).toMatchObject(missing);
    expect(await comes(owner().instances.listInstanceKeys({ instanceId }))).toBe(noInstance);
  });

  test.each(["/instances/default/keys/", "/instances/default", "/oauth/v2/keys/x"])(
    "is not at %s",
    async (path) => {
      expect(await keySet(path)).toMatchObject({ status: 404 });
    },
  );
});

test("no private key is in the log", () => {
  expect(server.app.logged.join("")).not.toContain("PRIVATE KEY");
});
