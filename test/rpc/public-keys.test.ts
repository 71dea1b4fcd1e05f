import { generateKeyPairSync } from "node:crypto";
import type { JsonObject } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { derOf, ecKey, ecSpki, ones, pemOf, rsaSpki } from "../support/spki.ts";
import { callerOf } from "./support/iam.ts";
import { shortly } from "./support/play.ts";
import { twoDoors, useServer } from "./support/server.ts";

const server = useServer();
const base64 = (text: string) => Buffer.from(text).toString("base64");
const publicKey = base64(pemOf(derOf(ecKey())));
const invalid = "INVALID_ARGUMENT TARGETD-INVALID-ARGUMENT";

async function add(targetId: string, change: JsonObject = {}): Promise<string> {
  const outcome = await server.call("AddPublicKey", { targetId, publicKey, ...change });
  expect(shortly(outcome)).toBe("OK");
  return String(outcome.message.keyId);
}

async function list(targetId: string): Promise<readonly JsonObject[]> {
  const { message } = await server.call("ListPublicKeys", { targetId, pagination: { asc: true } });
  return (message.publicKeys ?? []) as JsonObject[];
}

const activeOf = async (targetId: string) =>
  (await list(targetId)).filter(({ active }) => active === true).map(({ keyId }) => keyId);

test("a new key is inactive and reads back as it was given", async () => {
  const targetId = await server.create();
  const added = await server.call("AddPublicKey", {
    ...{ targetId, publicKey, expirationDate: "2099-01-01T00:00:00.123456789Z" },
  });
  const { keyId, creationDate } = added.message;
  expect(Object.keys(added.message).sort()).toEqual(["creationDate", "keyId"]);
  expect(keyId).toMatch(/^[\w-]+$/);
  expect(await list(targetId)).toEqual([
    {
      ...{ keyId, publicKey, creationDate, changeDate: creationDate },
      fingerprint: expect.stringMatching(/^SHA256:[A-Za-z0-9+/]{43}$/),
      expirationDate: "2099-01-01T00:00:00.123456Z",
    },
  ]);
});

test("a target keeps its date, its etag and its keys apart from those of others", async () => {
  const targetId = await server.create();
  const before = await server.get(targetId);
  await add(targetId);
  expect(await server.get(targetId)).toEqual(before);
  expect(await list(await server.create())).toEqual([]);
});

describe("at most one key is active", () => {
  test("when many are activated at once", async () => {
    const targetId = await server.create();
    const ids = await Promise.all(Array.from({ length: 10 }, () => add(targetId)));
    const short = await Promise.all(
      [...ids, ...ids].map(async (keyId) =>
        shortly(await server.call("ActivatePublicKey", { targetId, keyId })),
      ),
    );
    expect(new Set(short)).toEqual(new Set(["OK"]));
    expect(await activeOf(targetId)).toHaveLength(1);
  });

  test("and the one before it has the date of the change", async () => {
    const targetId = await server.create();
    const [first, second] = [await add(targetId), await add(targetId)];
    await server.call("ActivatePublicKey", { targetId, keyId: first });
    const { message } = await server.call("ActivatePublicKey", { targetId, keyId: second });
    const dates = (await list(targetId)).map(({ changeDate }) => changeDate);
    expect(dates).toEqual([message.changeDate, message.changeDate]);
  });
});

test("POST and PUT activate and deactivate", async () => {
  const targetId = await server.create();
  const keyId = await add(targetId);
  for (const verb of ["PUT", "POST"]) {
    const path = `/v2/actions/targets/${targetId}/publickeys/${keyId}`;
    expect(shortly(await server.rest({ verb, path: `${path}/activate` }))).toBe("OK");
    expect(await activeOf(targetId)).toEqual([keyId]);
    expect(shortly(await server.rest({ verb, path: `${path}/deactivate`, body: "{}" }))).toBe("OK");
    expect(await activeOf(targetId)).toEqual([]);
  }
});

test("a key that has expired cannot be activated, and can be removed", async () => {
  const targetId = await server.create();
  const soon = new Date(server.clock.now() / 1000 + 60_000).toISOString();
  const keyId = await add(targetId, { expirationDate: soon });
  const call = async (method: string) => shortly(await server.call(method, { targetId, keyId }));
  expect(await call("ActivatePublicKey")).toBe("OK");
  server.clock.pass(61);
  expect(await call("ActivatePublicKey")).toBe("FAILED_PRECONDITION TARGETD-PUBLIC-KEY-EXPIRED");
  expect(await call("RemovePublicKey")).toBe("FAILED_PRECONDITION TARGETD-PUBLIC-KEY-ACTIVE");
  expect(await call("DeactivatePublicKey")).toBe("OK");
  expect(await call("RemovePublicKey")).toBe("OK");
});

test("a repeated call gets its first answer, also when the key has expired since", async () => {
  const targetId = await server.create();
  const expirationDate = new Date(server.clock.now() / 1000 + 60_000).toISOString();
  const request = { targetId, publicKey, expirationDate, requestId: crypto.randomUUID() };
  const first = await server.call("AddPublicKey", request);
  server.clock.pass(61);
  const again = await server.call("AddPublicKey", request);
  expect([shortly(again), again.message]).toEqual(["OK replayed", first.message]);
  const other = { ...request, requestId: crypto.randomUUID() };
  expect(shortly(await server.call("AddPublicKey", other))).toBe(`${invalid} expiration_date`);
});

test("the 101st key is refused until another is removed", async () => {
  const targetId = await server.create();
  const ids = await Promise.all(Array.from({ length: 100 }, () => add(targetId)));
  const more = () => server.call("AddPublicKey", { targetId, publicKey });
  expect(shortly(await more())).toBe("FAILED_PRECONDITION TARGETD-TOO-MANY-PUBLIC-KEYS");
  await server.call("RemovePublicKey", { targetId, keyId: ids[50] ?? "" });
  expect(shortly(await more())).toBe("OK");
});

test("keys go with their target", async () => {
  const targetId = await server.create();
  const keyId = await add(targetId);
  await server.call("DeleteTarget", { id: targetId });
  expect(await list(targetId)).toEqual([]);
  const call = async (method: string) => shortly(await server.call(method, { targetId, keyId }));
  expect(await call("ActivatePublicKey")).toBe("FAILED_PRECONDITION TARGETD-PUBLIC-KEY-NOT-FOUND");
  expect(await call("RemovePublicKey")).toBe("OK");
});

test("keys of another instance do not exist", async () => {
  const targetId = await server.create();
  const keyId = await add(targetId);
  const { stranger } = server.app.tokens;
  const as = async (method: string, request: JsonObject) =>
    server.door("REST").call(method, { targetId, ...request }, { token: stranger });
  expect((await as("ListPublicKeys", {})).message).toEqual({ pagination: { appliedLimit: "100" } });
  const missing = "FAILED_PRECONDITION TARGETD-PUBLIC-KEY-NOT-FOUND";
  expect(shortly(await as("ActivatePublicKey", { keyId }))).toBe(missing);
  expect((await as("RemovePublicKey", { keyId })).message).toEqual({});
  expect(shortly(await as("AddPublicKey", { publicKey }))).toBe(
    "FAILED_PRECONDITION TARGETD-KEY-TARGET-NOT-FOUND",
  );
  expect(await list(targetId)).toHaveLength(1);
});

test("history tells what became of a key", async () => {
  const targetId = await server.create();
  const keyId = await add(targetId);
  await server.call("ActivatePublicKey", { targetId, keyId });
  await server.call("ActivatePublicKey", { targetId, keyId });
  const { audit } = callerOf(server.app.url, server.app.tokens.owner);
  const { changes } = await audit.listChanges({ resourceId: targetId });
  const told = changes.flatMap(({ fields }) => fields.map(({ field }) => field));
  expect(told.filter((field) => field === `public_keys.${keyId}`)).toHaveLength(2);
});

const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const ed25519 = generateKeyPairSync("ed25519").publicKey;

describe.each(twoDoors)("over %s", (door) => {
  test.each([
    ["a private key", String(privateKey.export({ format: "pem", type: "pkcs8" }))],
    ["RSA of 2047 bits", pemOf(rsaSpki(ones(2047)))],
    ["RSA with the exponent 1", pemOf(rsaSpki(ones(2048), Uint8Array.of(1)))],
    ["secp256k1", pemOf(derOf(ecKey("secp256k1")))],
    ["a point at infinity", pemOf(ecSpki(Uint8Array.of(0)))],
    ["Ed25519", pemOf(derOf(ed25519))],
    ["two keys", pemOf(derOf(ecKey())).repeat(2)],
    ["DER", derOf(ecKey()).toString("latin1")],
    ["no key", "hello"],
    ["8193 bytes", `${pemOf(derOf(ecKey()))}`.padEnd(8193)],
    ["nothing", ""],
  ])("%s is refused, and the error does not repeat it", async (_, pem) => {
    const targetId = await server.create();
    const request = { targetId, publicKey: Buffer.from(pem, "latin1").toString("base64") };
    const outcome = await server.call("AddPublicKey", request, door);
    expect(shortly(outcome)).toBe(`${invalid} public_key`);
    expect(outcome.text).not.toMatch(/[A-Za-z0-9+/]{30}/);
    expect(await list(targetId)).toEqual([]);
  });

  test("8192 bytes with white space are a key", async () => {
    const targetId = await server.create();
    const padded = base64(pemOf(derOf(ecKey())).padEnd(8192));
    const outcome = await server.call("AddPublicKey", { targetId, publicKey: padded }, door);
    expect(shortly(outcome)).toBe("OK");
    expect((await list(targetId))[0]?.publicKey).toBe(padded);
  });

  test("ids are looked at before keys", async () => {
    const long = "x".repeat(201);
    const request = { targetId: long, keyId: long };
    for (const method of ["ActivatePublicKey", "DeactivatePublicKey", "RemovePublicKey"]) {
      const outcome = await server.call(method, request, door);
      expect(shortly(outcome)).toBe(`${invalid} target_id key_id`);
    }
    const listed = await server.call("ListPublicKeys", { targetId: long }, door);
    expect(shortly(listed)).toBe(`${invalid} target_id`);
  });

  test("21 filters and 1001 ids are too many", async () => {
    const targetId = await server.create();
    const query = async (filters: JsonObject[]) =>
      shortly(await server.call("ListPublicKeys", { targetId, filters }, door));
    const filter = { activeFilter: true };
    expect(await query(Array(20).fill(filter))).toBe("OK");
    expect(await query(Array(21).fill(filter))).toBe(`${invalid} filters`);
    expect(await query([{ keyIdsFilter: { ids: [""] } }])).toBe(
      `${invalid} filters[0].key_ids_filter.ids[0]`,
    );
  });
});

test("base64 that is none cannot be read", async () => {
  const targetId = await server.create();
  const body = JSON.stringify({ publicKey: "not base64!" });
  const path = `/v2/actions/targets/${targetId}/publickeys`;
  const outcome = await server.rest({ verb: "POST", path, body });
  expect(shortly(outcome)).toBe("INVALID_ARGUMENT TARGETD-MALFORMED public_key");
});

test("a time beyond the year 9999 is refused over a door that lets it through", async () => {
  const targetId = await server.create();
  // target_id, public_key, expiration_date {seconds: 2^60}
  const field = (tag: number, bytes: Uint8Array) =>
    Buffer.concat([Buffer.from([tag, bytes.length]), bytes]);
  const pem = Buffer.from(pemOf(derOf(ecKey())));
  const message = Buffer.concat([
    field(0x0a, Buffer.from(targetId)),
    Buffer.concat([Buffer.from([0x12, (pem.length & 0x7f) | 0x80, pem.length >> 7]), pem]),
    field(0x1a, Buffer.from([0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10])),
  ]);
  for (const outcome of await server.bytes("AddPublicKey", Uint8Array.from(message))) {
    expect(shortly(outcome)).toBe(`${invalid} expiration_date`);
  }
});
