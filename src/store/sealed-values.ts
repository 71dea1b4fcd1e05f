/** How each secret of a store is encoded and sealed; the same for every driver. */
import type { InstanceId, TargetId } from "../domain/units.ts";
import type { Place, Sealer } from "./seal.ts";

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

/** Where a remembered answer stands. */
export const answerPlace = (instance: InstanceId, key: ReplayKey): Place => ({
  instance,
  table: "replays",
  row: [key.caller, key.method, key.requestId],
  column: "sealed_answer",
});
