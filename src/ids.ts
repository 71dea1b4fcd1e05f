import { randomFillSync } from "node:crypto";
import type { Clock } from "./clock.ts";
import { type TargetId, targetId } from "./domain/units.ts";

/** Digits of base 32 in the order of their character codes, without look-alikes (Crockford). */
const digits = "0123456789abcdefghjkmnpqrstvwxyz";

/**
 * Makes ids that sort by creation, also within one microsecond: 11 characters of time and 10 of
 * chance, URL-safe.
 */
export function targetIdSource(clock: Clock): () => TargetId {
  let last = 0;
  return () => {
    last = Math.max(last + 1, clock());
    return targetId(`${base32(last, 11)}${randomText(10)}`);
  };
}

/** Makes ids of deliveries, which are their webhook-ids and sort like those of targets. */
export function deliveryIdSource(clock: Clock): () => string {
  const next = targetIdSource(clock);
  return () => `msg_${next()}`;
}

/** Makes the id of a public key; they are sorted by date, so chance is enough. */
export function publicKeyId(): string {
  return `pk_${randomText(16)}`;
}

/** Makes the webhook-id of a message, which stays the same over retries. */
export function newWebhookId(): string {
  return `msg_${randomText(24)}`;
}

/** Characters of base 32 with 5 random bits each. */
export function randomText(length: number): string {
  let text = "";
  while (text.length < length) text += digits.charAt(randomByte() % 32);
  return text;
}

/** To ask the system for thousands of bytes costs hardly more than to ask for one. */
const pool = new Uint8Array(4096);
let unused = 0;

function randomByte(): number {
  if (unused === 0) {
    randomFillSync(pool);
    unused = pool.length;
  }
  unused--;
  return pool[unused] ?? 0;
}

function base32(value: number, length: number): string {
  let text = "";
  for (let rest = value; text.length < length; rest = Math.floor(rest / 32)) {
    text = `${digits[rest % 32]}${text}`;
  }
  return text;
}
