/** Rows of signing keys and the keys of a target, one into the other. */
import type { PreviousSigningKey, Target } from "../../domain/target.ts";
import { type InstanceId, micros, type TargetId } from "../../domain/units.ts";
import type { Sealer } from "../seal.ts";
import { signingKeyPlace } from "../sealed-values.ts";
import { StoreError } from "../store.ts";
import type { SigningKeys } from "./targets.ts";

/** A row of signing_keys without its place. */
export interface SigningKeyRow {
  readonly keyId: string;
  readonly sealedSecret: Uint8Array;
  /** Null for the current key alone. */
  readonly expiresAt: number | null;
}

/**
 * @param rows by position
 * @throws SealError; StoreError `broken` when there is no current key
 */
export function toSigningKeys(
  sealer: Sealer,
  instance: InstanceId,
  target: TargetId,
  rows: readonly SigningKeyRow[],
): SigningKeys {
  const previousKeys: PreviousSigningKey[] = [];
  for (const row of rows) {
    const place = signingKeyPlace(instance, target, row.keyId);
    const key = { id: row.keyId, secret: sealer.open(row.sealedSecret, place).toString() };
    if (row.expiresAt === null) return { signingKey: key, previousKeys };
    previousKeys.push({ ...key, expiresAt: micros(row.expiresAt) });
  }
  throw new StoreError("broken", "a target has no signing key");
}

/** The keys of a target by position. */
export function toSigningKeyRows(
  sealer: Sealer,
  instance: InstanceId,
  target: Target,
): readonly SigningKeyRow[] {
  const keys: readonly (PreviousSigningKey | Target["signingKey"])[] = [
    ...target.previousKeys,
    target.signingKey,
  ];
  return keys.map((key) => ({
    keyId: key.id,
    sealedSecret: sealer.seal(key.secret, signingKeyPlace(instance, target.id, key.id)),
    expiresAt: "expiresAt" in key ? key.expiresAt : null,
  }));
}

/** Tells whether there is nothing to write. */
export function sameKeys(a: SigningKeys, b: SigningKeys): boolean {
  if (a.signingKey === b.signingKey && a.previousKeys === b.previousKeys) return true;
  return (
    a.signingKey.id === b.signingKey.id &&
    a.signingKey.secret === b.signingKey.secret &&
    a.previousKeys.length === b.previousKeys.length &&
    a.previousKeys.every((key, index) => samePrevious(key, b.previousKeys[index]))
  );
}

function samePrevious(a: PreviousSigningKey, b: PreviousSigningKey | undefined): boolean {
  return a.id === b?.id && a.secret === b.secret && a.expiresAt === b.expiresAt;
}
