/**
 * Page tokens: where the next page begins, and a digest of what the list was asked for, so that a
 * token is of no use with other filters or in another instance. They hold nothing secret and need
 * no signature: whatever place they name, the list stays that of the caller's instance.
 */
import { createHash } from "node:crypto";

const placeBytes = 8;
const digestBytes = 12;

/**
 * @param place where the next page begins, a whole number from 0
 * @param scope everything that must be the same for the next page; JSON values
 */
export function pageToken(place: number, scope: readonly unknown[]): string {
  const bytes = Buffer.alloc(placeBytes);
  bytes.writeBigUInt64BE(BigInt(place));
  return Buffer.concat([bytes, digest(scope)]).toString("base64url");
}

/** The place that a token names; undefined when it is none, or one of another scope. */
export function placeOf(token: string, scope: readonly unknown[]): number | undefined {
  const bytes = Buffer.from(token, "base64url");
  if (bytes.length !== placeBytes + digestBytes) return undefined;
  const place = Number(bytes.readBigUInt64BE());
  return Number.isSafeInteger(place) && pageToken(place, scope) === token ? place : undefined;
}

function digest(scope: readonly unknown[]): Uint8Array {
  const text = JSON.stringify(scope);
  return createHash("sha256").update(text).digest().subarray(0, digestBytes);
}
