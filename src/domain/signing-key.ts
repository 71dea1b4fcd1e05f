/** Rotation of a target's signing key (contract.md section 4). */
import { ApiError } from "../errors/api-error.ts";
import {
  changeDate,
  type FieldChange,
  type PreviousSigningKey,
  type SigningKey,
  type Target,
} from "./target.ts";
import { type Micros, micros, type Nanoseconds } from "./units.ts";

/** Most previous keys that may be valid at the same time. */
export const maxPreviousKeys = 5;

/** The keys of a target. */
export type TargetKeys = Pick<Target, "signingKey" | "previousKeys">;

/** A wish for a new key: the key, and how long the one it replaces goes on signing. */
export interface Rotation {
  readonly newKey: SigningKey;
  readonly grace: Nanoseconds;
}

/**
 * Replaces the signing key. With grace 0 every earlier key ends at once; otherwise each keeps its
 * own end.
 *
 * @throws ApiError tooManySigningKeys when five previous keys are still valid and grace is not 0
 */
export function rotate(keys: TargetKeys, { newKey, grace }: Rotation, now: Micros): TargetKeys {
  if (grace === 0) return { signingKey: newKey, previousKeys: [] };
  const valid = validKeys(keys.previousKeys, now);
  if (valid.length >= maxPreviousKeys) {
    const next = Math.min(...valid.map((key) => key.expiresAt));
    const nextEnd = new Date(next / 1000).toISOString();
    throw new ApiError("tooManySigningKeys", {
      detail: `the next one ends at ${nextEnd}`,
      metadata: { next_end: nextEnd },
    });
  }
  const expiresAt = micros(now + Math.ceil(grace / 1000));
  return { signingKey: newKey, previousKeys: [...valid, { ...keys.signingKey, expiresAt }] };
}

/** The previous keys that still sign at `now`, in their order. */
export function validKeys(
  keys: readonly PreviousSigningKey[],
  now: Micros,
): readonly PreviousSigningKey[] {
  return keys.filter((key) => key.expiresAt > now);
}

/**
 * Ends a previous key before its time; one that has ended already, or never was, stays ended.
 *
 * @returns the very same target when nothing changes
 * @throws ApiError currentSigningKey
 */
export function revokeKey(
  current: Target,
  keyId: string,
  now: Micros,
): { readonly next: Target; readonly fields: readonly FieldChange[] } {
  if (keyId === current.signingKey.id) throw new ApiError("currentSigningKey");
  const previousKeys = current.previousKeys.filter(({ id }) => id !== keyId);
  if (previousKeys.length === current.previousKeys.length) return { next: current, fields: [] };
  const next = { ...current, previousKeys, changedAt: changeDate(current, now) };
  return { next, fields: [{ field: "previous_signing_keys", old: keyId, new: null }] };
}
