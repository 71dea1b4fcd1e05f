/** Keys with which an instance signs JWT payloads (contract.md section 7). */
import { ApiError } from "../errors/api-error.ts";
import type { FieldChange } from "./target.ts";
import { type Micros, micros } from "./units.ts";

/** JOSE name of a signature algorithm that payloads may have. */
export type InstanceKeyAlgorithm = "RS256" | "ES256" | "EdDSA";

/**
 * A key of an instance. The one that signs at a time is that with the latest `signsFrom` not after
 * it; every key is published in the instance's JWKS from its creation until `publishedUntil`.
 */
export interface InstanceKey {
  /** The kid. */
  readonly id: string;
  readonly algorithm: InstanceKeyAlgorithm;
  /** PKCS #8 as PEM; secret. */
  readonly privateKey: string;
  /** The public half as a JWK (RFC 7517) with kid, alg and use. */
  readonly publicJwk: Readonly<Record<string, string>>;
  readonly createdAt: Micros;
  readonly signsFrom: Micros;
  /** Undefined while nothing has replaced it. */
  readonly publishedUntil: Micros | undefined;
}

/** A key pair that no instance has yet. */
export type InstanceKeyPair = Pick<InstanceKey, "id" | "algorithm" | "privateKey" | "publicJwk">;

/** What a key does: it waits, signs, or only verifies what it signed. */
export type InstanceKeyState = "next" | "current" | "previous";

/** How the keys of an instance change. */
export interface InstanceKeyUpdate {
  /** Oldest first. The same array as the current one means: nothing changes. */
  readonly next: readonly InstanceKey[];
  /** What history keeps: ids and nothing else. */
  readonly fields: readonly FieldChange[];
}

/** A change with the key that it is about. */
export interface InstanceKeyAdded extends InstanceKeyUpdate {
  readonly key: InstanceKey;
}

/** Algorithm of a key for which none is asked for. */
export const defaultKeyAlgorithm: InstanceKeyAlgorithm = "RS256";

/** Most keys of an instance that may be published at the same time. */
export const maxInstanceKeys = 10;

/** How long a next key is published before it signs, in microseconds: 10 minutes. */
const publishedBefore = 10 * 60 * 1e6;
/** How long a replaced key is published after it has signed last, in microseconds: 24 hours. */
const publishedAfter = 24 * 3600 * 1e6;

/**
 * The key that signs at `now`: undefined only when there is none. A clock that is behind that of
 * the process which made the first key finds no key that signs yet; then it is that one.
 *
 * @param keys oldest first, as everywhere here
 */
export function signingKeyAt(keys: readonly InstanceKey[], now: Micros): InstanceKey | undefined {
  return keys.findLast((key) => key.signsFrom <= now) ?? keys[0];
}

/** The keys that receivers must know at `now`; the one that signs is always among them. */
export function publishedKeys(keys: readonly InstanceKey[], now: Micros): readonly InstanceKey[] {
  return keys.filter(({ publishedUntil }) => publishedUntil === undefined || publishedUntil > now);
}

/** Tells what a key does at `now`. */
export function stateOf(
  key: InstanceKey,
  keys: readonly InstanceKey[],
  now: Micros,
): InstanceKeyState {
  const signing = signingKeyAt(keys, now);
  if (signing === undefined || key.id === signing.id) return "current";
  return key.signsFrom > signing.signsFrom ? "next" : "previous";
}

/** Makes the first key, which signs at once; an instance that has keys keeps them. */
export function firstKey(
  keys: readonly InstanceKey[],
  pair: InstanceKeyPair,
  now: Micros,
): InstanceKeyAdded {
  const signing = signingKeyAt(keys, now);
  if (signing !== undefined) return { next: keys, fields: [], key: signing };
  const key = { ...pair, createdAt: now, signsFrom: now, publishedUntil: undefined };
  return { ...changed(keys, [key]), key };
}

/**
 * Tells what stands in the way of a rotation, before a key pair is made for it.
 *
 * @throws ApiError instanceKeyWaiting, tooManyInstanceKeys
 */
export function checkRotation(keys: readonly InstanceKey[], now: Micros): void {
  const waiting = keys.find((key) => stateOf(key, keys, now) === "next");
  if (waiting !== undefined) {
    const signsFrom = timeText(waiting.signsFrom);
    throw new ApiError("instanceKeyWaiting", {
      detail: `${waiting.id} signs from ${signsFrom}`,
      metadata: { key_id: waiting.id, signs_from: signsFrom },
    });
  }
  const published = publishedKeys(keys, now);
  if (published.length < maxInstanceKeys) return;
  const nextEnd = timeText(Math.min(...published.map((key) => key.publishedUntil ?? Infinity)));
  throw new ApiError("tooManyInstanceKeys", {
    detail: `the next one ends at ${nextEnd}`,
    metadata: { next_end: nextEnd },
  });
}

/**
 * Adds the next key: published at once, it signs 10 minutes later, and the key that it replaces
 * stays published for 24 hours more. The first key of an instance signs at once. Keys that are not
 * published any more are dropped.
 *
 * @throws ApiError instanceKeyWaiting, tooManyInstanceKeys
 */
export function rotate(
  keys: readonly InstanceKey[],
  pair: InstanceKeyPair,
  now: Micros,
): InstanceKeyAdded {
  const replaced = keys.at(-1);
  if (replaced === undefined) return firstKey(keys, pair, now);
  checkRotation(keys, now);
  // Behind the replaced key also for a clock that is behind the one which made that key.
  const signsFrom = micros(Math.max(now + publishedBefore, replaced.signsFrom + 1));
  const key = { ...pair, createdAt: now, signsFrom, publishedUntil: undefined };
  const publishedUntil = micros(signsFrom + publishedAfter);
  const kept = publishedKeys(keys, now).slice(0, -1);
  return { ...changed(keys, [...kept, { ...replaced, publishedUntil }, key]), key };
}

/**
 * Takes a key out of the published set. When it is the one that signs, the next key signs from now
 * on, or else `spare`. When it is the next one, nothing replaces the current one any more.
 *
 * @throws ApiError instanceKeyNotFound when no published key has the id
 */
export function revoke(
  keys: readonly InstanceKey[],
  id: string,
  spare: InstanceKeyPair,
  now: Micros,
): InstanceKeyUpdate {
  const published = publishedKeys(keys, now);
  const revoked = published.find((key) => key.id === id);
  if (revoked === undefined) throw new ApiError("instanceKeyNotFound");
  const signing = stateOf(revoked, keys, now) === "current";
  const index = published.indexOf(revoked);
  const before = published.slice(0, index);
  const after = published.slice(index + 1);
  if (signing) return changed(keys, [...before, ...startNow(after, spare, now)]);
  return changed(keys, withoutEnd([...before, ...after]));
}

/** Lets the first of the waiting keys sign from now on; a new one when none waits. */
function startNow(
  waiting: readonly InstanceKey[],
  spare: InstanceKeyPair,
  now: Micros,
): readonly InstanceKey[] {
  const [first, ...rest] = waiting;
  if (first !== undefined) return [{ ...first, signsFrom: now }, ...rest];
  return [{ ...spare, createdAt: now, signsFrom: now, publishedUntil: undefined }];
}

/** The newest key has not been replaced by anything, so it has no end. */
function withoutEnd(keys: readonly InstanceKey[]): readonly InstanceKey[] {
  return keys.map((key, index) =>
    index === keys.length - 1 ? { ...key, publishedUntil: undefined } : key,
  );
}

function changed(old: readonly InstanceKey[], next: readonly InstanceKey[]): InstanceKeyUpdate {
  const ids = (keys: readonly InstanceKey[]) => keys.map(({ id }) => id);
  return { next, fields: [{ field: "keys", old: ids(old), new: ids(next) }] };
}

function timeText(time: number): string {
  return new Date(time / 1000).toISOString();
}
