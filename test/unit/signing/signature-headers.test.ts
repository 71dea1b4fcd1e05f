import { createHmac, timingSafeEqual } from "node:crypto";
import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { verifyStandardWebhook, verifyZitadelSignature } from "../../../examples/verify.ts";
import { newSigningKey } from "../../../src/signing/new-signing-key.ts";
import { signatureHeaders } from "../../../src/signing/signature-headers.ts";
import { type Vector, vectors } from "../../support/signature-vectors.ts";

const named = vectors.map((vector) => [vector.name, vector] as const);

const signed = (vector: Vector) =>
  signatureHeaders({
    keys: vector.keys_oldest_first.map((secret) => ({ secret })),
    id: vector.webhook_id,
    timestamp: vector.timestamp,
    body: Buffer.from(vector.body),
  });

/**
 * The check that ZITADEL publishes for receivers: the parts t and v1, the HMAC over "<t>.<body>",
 * any v1 may fit, and t at most 300 s away.
 */
function zitadelAccepts(header: string, body: Uint8Array, secret: string, now: number): boolean {
  const parts = header.split(",").map((part) => part.split("=", 2) as [string, string]);
  const time = parts.find(([name]) => name === "t")?.[1] ?? "";
  if (!/^\d+$/.test(time) || Math.abs(now - Number(time)) > 300) return false;
  const wanted = createHmac("sha256", secret).update(`${time}.`).update(body).digest();
  return parts
    .filter(([name]) => name === "v1")
    .map(([, value]) => Buffer.from(value, "hex"))
    .some((value) => value.length === wanted.length && timingSafeEqual(value, wanted));
}

describe.each(named)("vector %s", (_, vector) => {
  const body = Buffer.from(vector.body);
  beforeEach(() => {
    vi.useFakeTimers({ now: vector.timestamp * 1000 });
    return () => vi.useRealTimers();
  });

  test("has these headers", () => {
    expect(signed(vector)).toEqual({
      "x-zitadel-signature": vector["X-ZITADEL-Signature"],
      "zitadel-signature": vector["X-ZITADEL-Signature"],
      "webhook-id": vector.webhook_id,
      "webhook-timestamp": String(vector.timestamp),
      "webhook-signature": vector["webhook-signature"],
    });
  });

  test.each(vector.keys_oldest_first)("is accepted by receivers that hold %s", (secret) => {
    const headers = signed(vector);
    const zitadel = headers["zitadel-signature"];
    for (const away of [-300, 0, 300]) {
      expect(zitadelAccepts(zitadel, body, secret, vector.timestamp + away)).toBe(true);
    }
    expect(zitadelAccepts(zitadel, body, secret, vector.timestamp + 301)).toBe(false);
    const verify = () => new Webhook(secret).verify(body, headers, { jsonParse: false });
    expect(verify).not.toThrow();
  });

  test.each(vector.keys_oldest_first)("is accepted by examples/verify.ts with %s", (secret) => {
    const headers = signed(vector);
    const zitadel = headers["zitadel-signature"];
    const accepts = (received: Buffer, now = vector.timestamp) =>
      verifyZitadelSignature(received, zitadel, secret, now);
    const other = Buffer.from(`${vector.body} `);
    expect([accepts(body), accepts(other), accepts(body, Number.NaN)]).toEqual([
      true,
      false,
      false,
    ]);
    expect(accepts(body, vector.timestamp - 301)).toBe(false);
    verifyStandardWebhook(body, headers, secret);
    expect(() => verifyStandardWebhook(other, headers, secret)).toThrow(WebhookVerificationError);
  });

  test("is refused with another body, id, time or key", () => {
    const headers = signed(vector);
    const secret = vector.keys_oldest_first[0] ?? "";
    const other = Buffer.from(`${vector.body} `);
    const { "zitadel-signature": zitadel } = headers;
    const key = newSigningKey().secret;
    expect(zitadelAccepts(zitadel, other, secret, vector.timestamp)).toBe(false);
    expect(zitadelAccepts(zitadel, body, key, vector.timestamp)).toBe(false);
    for (const verify of [
      () => new Webhook(secret).verify(other, headers),
      () => new Webhook(secret).verify(body, { ...headers, "webhook-id": "msg_other" }),
      () => new Webhook(secret).verify(body, { ...headers, "webhook-timestamp": "1767225601" }),
      () => new Webhook(key).verify(body, headers),
    ]) {
      expect(verify).toThrow(WebhookVerificationError);
    }
  });
});

test("a receiver that reads only the first v1 keeps working with the oldest key", () => {
  const [old, current] = [newSigningKey(), newSigningKey()];
  const body = Buffer.from("{}");
  const call = { id: "msg_1", timestamp: 1_767_225_600, body };
  const { "zitadel-signature": both } = signatureHeaders({ ...call, keys: [old, current] });
  const { "zitadel-signature": alone } = signatureHeaders({ ...call, keys: [old] });
  expect(both.split(",").slice(0, 2).join(",")).toBe(alone);
});

test("bytes that are no text are signed as they are", () => {
  const key = newSigningKey();
  const body = Uint8Array.from([0xff, 0x00, 0xfe, 0x2e]);
  const timestamp = 1_767_225_600;
  const headers = signatureHeaders({ keys: [key], id: "msg_1", timestamp, body });
  expect(zitadelAccepts(headers["zitadel-signature"], body, key.secret, timestamp)).toBe(true);
});
