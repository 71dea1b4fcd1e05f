/** Public keys of a target, which encrypt payloads of type JWE (contract.md section 5). Pure. */
import { ApiError } from "../errors/api-error.ts";
import { changeDate, type FieldChange } from "./target.ts";
import type { Micros } from "./units.ts";

/** Most keys of one target, expired ones included. */
export const maxPublicKeys = 100;

/** A key as it is stored; nothing of it is secret. */
export interface PublicKey {
  /** The kid of the JWE. */
  readonly id: string;
  /** PEM SubjectPublicKeyInfo as given. */
  readonly pem: Uint8Array;
  /** "SHA256:" and the unpadded base64 of SHA-256 over the DER form. */
  readonly fingerprint: string;
  /** True for at most one key of a target. */
  readonly active: boolean;
  /** Undefined means it never expires. */
  readonly expiresAt: Micros | undefined;
  readonly createdAt: Micros;
  readonly changedAt: Micros;
}

/** What a command makes of the keys of a target; the same array when nothing changes. */
export interface PublicKeysUpdate {
  readonly next: readonly PublicKey[];
  readonly fields: readonly FieldChange[];
  /** When what was asked for happened; undefined when there was nothing to remove. */
  readonly date: Micros | undefined;
}

type Keys = readonly PublicKey[];

/** @throws ApiError tooManyPublicKeys */
export function addKey(keys: Keys, key: PublicKey): PublicKeysUpdate {
  if (keys.length >= maxPublicKeys) throw new ApiError("tooManyPublicKeys");
  const fields = [{ field: fieldOf(key.id), old: null, new: historyOf(key) }];
  return { next: [...keys, key], fields, date: key.createdAt };
}

/**
 * Makes a key the active one and all others inactive. An active key stays as it is.
 *
 * @throws ApiError publicKeyNotFound, publicKeyExpired
 */
export function activateKey(keys: Keys, id: string, now: Micros): PublicKeysUpdate {
  const key = requireKey(keys, id);
  if (hasExpired(key, now)) throw new ApiError("publicKeyExpired");
  if (key.active) return { next: keys, fields: [], date: key.changedAt };
  const changed = keys
    .filter((each) => each.id === id || each.active)
    .map((each) => ({ ...each, active: each.id === id, changedAt: changeDate(each, now) }));
  return replaced(keys, changed, id);
}

/**
 * Makes a key inactive. An inactive key stays as it is.
 *
 * @throws ApiError publicKeyNotFound
 */
export function deactivateKey(keys: Keys, id: string, now: Micros): PublicKeysUpdate {
  const key = requireKey(keys, id);
  if (!key.active) return { next: keys, fields: [], date: key.changedAt };
  return replaced(keys, [{ ...key, active: false, changedAt: changeDate(key, now) }], id);
}

/**
 * Removes an inactive key; a missing one is no error.
 *
 * @throws ApiError publicKeyActive
 */
export function removeKey(keys: Keys, id: string, now: Micros): PublicKeysUpdate {
  const key = keys.find((each) => each.id === id);
  if (key === undefined) return { next: keys, fields: [], date: undefined };
  if (key.active) throw new ApiError("publicKeyActive");
  const fields = [{ field: fieldOf(id), old: historyOf(key), new: null }];
  return { next: keys.filter((each) => each !== key), fields, date: changeDate(key, now) };
}

/** Tells whether a key may no longer be used. */
export function hasExpired({ expiresAt }: PublicKey, now: Micros): boolean {
  return expiresAt !== undefined && expiresAt <= now;
}

function requireKey(keys: Keys, id: string): PublicKey {
  const key = keys.find((each) => each.id === id);
  if (key === undefined) throw new ApiError("publicKeyNotFound");
  return key;
}

function replaced(keys: Keys, changed: Keys, id: string): PublicKeysUpdate {
  const byId = new Map(changed.map((key) => [key.id, key]));
  const fields = keys.flatMap((key) => {
    const next = byId.get(key.id);
    return next ? [{ field: fieldOf(key.id), old: historyOf(key), new: historyOf(next) }] : [];
  });
  const next = keys.map((key) => byId.get(key.id) ?? key);
  return { next, fields, date: byId.get(id)?.changedAt };
}

const fieldOf = (id: string) => `public_keys.${id}`;

/** What history keeps of a key. */
function historyOf({ fingerprint, active, expiresAt }: PublicKey): Record<string, unknown> {
  const expiration = expiresAt === undefined ? null : new Date(expiresAt / 1000).toISOString();
  return { fingerprint, active, expiration_date: expiration };
}
