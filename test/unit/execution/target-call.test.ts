/** What a call to a target carries, and what becomes of one that cannot be packed. */
import { describe, expect, test } from "vitest";
import type { CallableTarget } from "../../../src/domain/execution.ts";
import type { PublicKey } from "../../../src/domain/public-key.ts";
import type { SigningKey, Target } from "../../../src/domain/target.ts";
import { defaultInstance, micros, nanoseconds } from "../../../src/domain/units.ts";
import type { CallRequest } from "../../../src/execution/call.ts";
import { createCallTarget, type TargetCall } from "../../../src/execution/target-call.ts";
import { newInstanceKey } from "../../../src/signing/new-instance-key.ts";
import { NoEncryptionKey } from "../../../src/signing/payload.ts";
import { signatureHeaders } from "../../../src/signing/signature-headers.ts";
import { derOf, ecKey, ones, pemOf, rsaSpki } from "../../support/spki.ts";
import { agrees } from "../../support/target-script.ts";
import { sampleSettings, sampleTarget } from "../../support/targets.ts";

const now = micros(1_700_000_000_000_000);

/** Calls a target; keeps what would go out instead of sending it. */
class Sender {
  readonly sent: CallRequest[] = [];
  keysAsked = 0;

  readonly #callTarget = createCallTarget({
    clock: () => now,
    publicUrl: () => "https://targetd.example",
    instanceKeys: {
      published: async () => [],
      signing: async () => {
        this.keysAsked++;
        const made = { createdAt: now, signsFrom: now, publishedUntil: undefined };
        return { ...(await newInstanceKey("ES256")), ...made };
      },
    },
    call: async (request) => {
      this.sent.push(request);
      return agrees(given);
    },
  });

  send(callee: CallableTarget, changes: Partial<TargetCall> = {}) {
    return this.#callTarget({ ...given, callee, ...changes });
  }

  get headers(): ReadonlyMap<string, string> {
    return new Map(this.sent.at(-1)?.headers);
  }
}

function target(changes: Partial<Target> = {}, encryptionKey?: PublicKey): CallableTarget {
  return { target: sampleTarget(changes), encryptionKey };
}

const withPayload = (payloadType: "jwt" | "jwe", encryptionKey?: PublicKey) =>
  target({ settings: sampleSettings({ payloadType }) }, encryptionKey);

const given: TargetCall = {
  ...{ instance: defaultInstance, callee: target(), context: '{"a":1}', webhookId: "msg_1" },
  ...{ timeout: nanoseconds(2e9), depth: 3, traceparent: undefined, signal: undefined },
};

function publicKey(pem: string): PublicKey {
  const times = { expiresAt: undefined, createdAt: now, changedAt: now };
  return { id: "pk_1", pem: Buffer.from(pem), fingerprint: pem, active: true, ...times };
}

test("what an answer repeats of the headers, the signatures or the token is found", async () => {
  const settings = sampleSettings({
    headers: new Map([["authorization", "Bearer of-the-target"]]),
    payloadType: "jwt",
  });
  const sender = new Sender();
  const { repeatsSecret } = await sender.send(target({ settings }));
  const { headers } = sender;
  const token = Buffer.from(sender.sent[0]?.body ?? "").toString();
  const bodies = [
    "it was of-the-target",
    JSON.stringify(Object.fromEntries(headers)),
    headers.get("zitadel-signature"),
    headers.get("webhook-signature"),
    token,
  ];
  expect(bodies.map((body = "") => repeatsSecret(Buffer.from(body)))).toEqual(
    bodies.map(() => true),
  );
  const harmless = `${headers.get("webhook-id")} ${token.split(".")[1]} {"ok":true}`;
  expect(repeatsSecret(Buffer.from(harmless))).toBe(false);
});

test("what was sent is told without the values of the target's owner and the signatures", async () => {
  const settings = sampleSettings({ headers: new Map([["x-key", "of-the-target"]]) });
  const { sentHeaders } = await new Sender().send(target({ settings }), { traceparent: "theirs" });
  expect(sentHeaders()).toEqual({
    ...{ "x-key": "[secret]", "webhook-id": "msg_1", "webhook-timestamp": "1700000000" },
    ...{ "webhook-signature": "[secret]", "zitadel-signature": "[secret]" },
    ...{ "x-zitadel-signature": "[secret]", "targetd-depth": "3", traceparent: "theirs" },
  });
});

test("a call carries the context as it is, within the time that is left", async () => {
  const sender = new Sender();
  const { signal } = new AbortController();
  const context = '{ "number": 12345678901234567890, "iss": 1 }\n';
  await sender.send(target(), { context, signal });
  const { endpoint, timeout } = { endpoint: "https://example.com/hook", timeout: 2e9 };
  expect(sender.sent[0]).toMatchObject({ instance: defaultInstance, endpoint, timeout, signal });
  expect(Buffer.from(sender.sent[0]?.body ?? []).toString()).toBe(context);
  expect(sender.keysAsked).toBe(0);
});

describe("headers", () => {
  const custom = new Map([
    ["x-key", "v"],
    ["targetd-depth", "0"],
    ["traceparent", "mine"],
    ["webhook-id", "mine"],
  ]);

  test("of the target go along, but never in place of ours", async () => {
    const sender = new Sender();
    await sender.send(target({ settings: sampleSettings({ headers: custom }) }), {
      traceparent: "theirs",
    });
    const names = [...(sender.sent[0]?.headers ?? [])].map(([name]) => name);
    expect(names.length).toBe(new Set(names).size);
    expect(Object.fromEntries(sender.headers)).toMatchObject({
      ...{ "x-key": "v", "targetd-depth": "3", traceparent: "theirs", "webhook-id": "msg_1" },
    });
  });

  test("leave the trace out when the caller has none", async () => {
    const sender = new Sender();
    await sender.send(target());
    expect(sender.headers.has("traceparent")).toBe(false);
  });
});

test("every key that is valid signs, oldest first, and no other", async () => {
  const key = (id: string): SigningKey => ({
    id,
    secret: `whsec_${Buffer.from(id.repeat(32)).toString("base64")}`,
  });
  const until = (id: string, end: number) => ({ ...key(id), expiresAt: micros(now + end) });
  const previousKeys = [until("a", 0), until("b", 1), until("c", 1e12)];
  const sender = new Sender();
  await sender.send(target({ signingKey: key("d"), previousKeys }));
  const keys = ["b", "c", "d"].map(key);
  const body = Buffer.from('{"a":1}');
  const expected = signatureHeaders({ keys, id: "msg_1", timestamp: 1_700_000_000, body });
  expect(Object.fromEntries(sender.headers)).toMatchObject(expected);
});

test("a JWT is signed by the instance, and a JWE holds one", async () => {
  const sender = new Sender();
  await sender.send(withPayload("jwt"));
  await sender.send(withPayload("jwe", publicKey(pemOf(derOf(ecKey())))));
  const parts = sender.sent.map(({ body }) => Buffer.from(body).toString().split(".").length);
  expect(parts).toEqual([3, 5]);
  expect(sender.keysAsked).toBe(2);
});

describe("a call that cannot be packed fails before it is made", () => {
  test("for want of a key", async () => {
    const sender = new Sender();
    const result = await sender.send(withPayload("jwe"));
    expect(result).toMatchObject({ kind: "failed", stage: "prepare", timedOut: false });
    expect(result.kind === "failed" && result.cause).toBeInstanceOf(NoEncryptionKey);
    expect(result.address).toBeUndefined();
    expect(sender.sent).toEqual([]);
  });

  test("for a key that cannot encrypt", async () => {
    const even = Buffer.concat([ones(2040), Uint8Array.of(0)]);
    for (const pem of [pemOf(rsaSpki(even)), pemOf(Buffer.from("no key"))]) {
      const sender = new Sender();
      const result = await sender.send(withPayload("jwe", publicKey(pem)));
      expect(result).toMatchObject({ kind: "failed", stage: "prepare" });
      expect(sender.sent).toEqual([]);
    }
  });
});
