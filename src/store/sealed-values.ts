/** How each secret of a store is encoded and sealed; the same for every driver. */
import type { Target } from "../domain/target.ts";
import type { InstanceId, TargetId } from "../domain/units.ts";
import type { Place, Sealer } from "./seal.ts";
import { type Replay, StoreError } from "./store.ts";

const noHeaders: ReadonlyMap<string, string> = new Map();

/** Seals the headers of a target as one value; null for none. */
export function sealHeaders(
  sealer: Sealer,
  instance: InstanceId,
  id: TargetId,
  headers: ReadonlyMap<string, string>,
): Buffer | null {
  if (headers.size === 0) return null;
  return sealer.seal(JSON.stringify([...headers]), headersPlace(instance, id));
}

/** @throws SealError */
export function openHeaders(
  sealer: Sealer,
  instance: InstanceId,
  id: TargetId,
  sealed: Uint8Array | null,
): ReadonlyMap<string, string> {
  if (sealed === null) return noHeaders;
  const text = sealer.open(sealed, headersPlace(instance, id)).toString();
  return new Map(JSON.parse(text) as [string, string][]);
}

/** A target together with what is stored of it. */
export interface StoredTarget {
  readonly target: Target;
  readonly sealedHeaders: Uint8Array | null;
}

/** Seals the headers of a target that takes the place of a stored one, unless they are the same. */
export function resealHeaders(
  sealer: Sealer,
  instance: InstanceId,
  { target, sealedHeaders }: StoredTarget,
  { id, settings }: Target,
): Uint8Array | null {
  if (sameHeaders(target.settings.headers, settings.headers)) return sealedHeaders;
  return sealHeaders(sealer, instance, id, settings.headers);
}

function sameHeaders(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a === b || (a.size === b.size && [...a].every(([name, value]) => b.get(name) === value));
}

const headersPlace = (instance: InstanceId, id: TargetId): Place => ({
  instance,
  table: "targets",
  row: [id],
  column: "sealed_headers",
});

/** Where the secret of a signing key stands. */
export const signingKeyPlace = (instance: InstanceId, target: TargetId, key: string): Place => ({
  instance,
  table: "signing_keys",
  row: [target, key],
  column: "sealed_secret",
});

/** Where the private key of an instance stands. */
export const instanceKeyPlace = (instance: InstanceId, key: string): Place => ({
  instance,
  table: "instance_keys",
  row: [key],
  column: "sealed_private_key",
});

/** What identifies a remembered answer. */
export interface ReplayKey {
  readonly caller: string;
  readonly method: string;
  readonly requestId: string;
}

/** Length of a fingerprint in bytes: SHA-256. Sealed ones are longer. */
export const fingerprintBytes = 32;

/**
 * Seals the fingerprint of a remembered request: as it is, it would let a thief of the database try
 * what the content, header values among it, may have been.
 */
export function sealFingerprint(
  sealer: Sealer,
  instance: InstanceId,
  key: ReplayKey,
  fingerprint: Uint8Array,
): Buffer {
  return sealer.seal(fingerprint, fingerprintPlace(instance, key));
}

/**
 * Opens a stored fingerprint. Before they were sealed they were stored as they are; such rows stay
 * valid for what is left of their 24 hours.
 *
 * @throws SealError
 */
export function openFingerprint(
  sealer: Sealer,
  instance: InstanceId,
  key: ReplayKey,
  stored: Buffer,
): Buffer {
  if (stored.length === fingerprintBytes) return stored;
  return sealer.open(stored, fingerprintPlace(instance, key));
}

const fingerprintPlace = (instance: InstanceId, key: ReplayKey): Place => ({
  instance,
  table: "replays",
  row: [key.caller, key.method, key.requestId],
  column: "fingerprint",
});

/** What is stored of a remembered answer, both sealed. */
export interface StoredAnswer {
  readonly fingerprint: Buffer;
  readonly sealedAnswer: Buffer;
}

/** Seals the answer for `result`, and what its request is known by. */
export function sealAnswer<T>(
  sealer: Sealer,
  instance: InstanceId,
  replay: Replay<T>,
  result: T,
): StoredAnswer {
  return {
    fingerprint: sealFingerprint(sealer, instance, replay, replay.fingerprint),
    sealedAnswer: sealer.seal(replay.encode(result), answerPlace(instance, replay)),
  };
}

/**
 * Opens a remembered answer.
 *
 * @throws StoreError `request-id-reused` when it is one to another request; SealError
 */
export function openAnswer(
  sealer: Sealer,
  instance: InstanceId,
  replay: ReplayKey & { readonly fingerprint: Uint8Array },
  stored: StoredAnswer,
): Buffer {
  const fingerprint = openFingerprint(sealer, instance, replay, stored.fingerprint);
  if (!fingerprint.equals(replay.fingerprint)) {
    throw new StoreError("request-id-reused", "the request id was used with other content");
  }
  return sealer.open(stored.sealedAnswer, answerPlace(instance, replay));
}

/** Where a remembered answer stands. */
export const answerPlace = (instance: InstanceId, key: ReplayKey): Place => ({
  instance,
  table: "replays",
  row: [key.caller, key.method, key.requestId],
  column: "sealed_answer",
});
