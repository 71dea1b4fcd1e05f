/**
 * Page tokens: where the next page begins, and a digest of what the list was asked for, so that a
 * token is of no use with other filters or in another instance. They hold nothing secret and need
 * no signature: whatever place they name, the list stays that of the caller's instance.
 */
import { createHash } from "node:crypto";

const numberBytes = 8;
const digestBytes = 12;

/** Everything that must be the same for the next page; JSON values. */
export type PageScope = readonly unknown[];

/** @param place where the next page begins, a whole number from 0 */
export function pageToken(place: number, scope: PageScope): string {
  const bytes = Buffer.alloc(numberBytes);
  bytes.writeBigUInt64BE(BigInt(place));
  return tokenOf(bytes, scope);
}

/** The place that a token names; undefined when it is none, or one of another scope. */
export function placeOf(token: string, scope: PageScope): number | undefined {
  const bytes = placeBytes(token, scope);
  if (bytes?.length !== numberBytes) return undefined;
  const place = Number(bytes.readBigUInt64BE());
  return Number.isSafeInteger(place) ? place : undefined;
}

/** @param place where the next page begins, well-formed text such as an id */
export function textPageToken(place: string, scope: PageScope): string {
  return tokenOf(Buffer.from(place), scope);
}

/** The place that a token of {@link textPageToken} names, as {@link placeOf}. */
export function textPlaceOf(token: string, scope: PageScope): string | undefined {
  const bytes = placeBytes(token, scope);
  const place = bytes?.toString();
  return place !== undefined && textPageToken(place, scope) === token ? place : undefined;
}

function tokenOf(place: Uint8Array, scope: PageScope): string {
  return Buffer.concat([place, digest(scope)]).toString("base64url");
}

/** What a token names, if it was made for the scope and is written as here. */
function placeBytes(token: string, scope: PageScope): Buffer | undefined {
  const bytes = Buffer.from(token, "base64url");
  if (bytes.length < digestBytes) return undefined;
  const place = bytes.subarray(0, -digestBytes);
  return tokenOf(place, scope) === token ? place : undefined;
}

function digest(scope: PageScope): Uint8Array {
  const text = JSON.stringify(scope);
  return createHash("sha256").update(text).digest().subarray(0, digestBytes);
}
