import type { Target } from "../../domain/target.ts";
import type { InstanceId, Micros, TargetId } from "../../domain/units.ts";
import { type SigningKeyRow, sameKeys, toSigningKeyRows } from "../rows/signing-keys.ts";
import type { Sealer } from "../seal.ts";
import type { Transaction } from "./session.ts";

/** The keys of a target as columns beside its own, oldest first. */
export interface KeyColumns {
  readonly key_ids: readonly string[] | null;
  readonly key_secrets: readonly Uint8Array[] | null;
  readonly key_expiries: readonly (number | null)[] | null;
}

/**
 * Joins the keys that have not expired to a table of targets.
 *
 * @param now the placeholder of the time
 */
export const keysJoin = (table: string, now: string) => `LEFT JOIN LATERAL (
    SELECT array_agg(key_id ORDER BY position) AS key_ids,
      array_agg(sealed_secret ORDER BY position) AS key_secrets,
      array_agg(expires_at ORDER BY position) AS key_expiries
    FROM signing_keys WHERE signing_keys.instance_id = ${table}.instance_id
      AND signing_keys.target_id = ${table}.id AND (expires_at IS NULL OR expires_at > ${now})
  ) AS keys ON true`;

export function keyRows({ key_ids, key_secrets, key_expiries }: KeyColumns): SigningKeyRow[] {
  return (key_ids ?? []).map((keyId, index) => ({
    keyId,
    sealedSecret: key_secrets?.[index] ?? new Uint8Array(),
    expiresAt: key_expiries?.[index] ?? null,
  }));
}

export function insertKeys(
  transaction: Transaction,
  sealer: Sealer,
  instance: InstanceId,
  target: Target,
): void {
  const rows = toSigningKeyRows(sealer, instance, target);
  transaction.send(
    `INSERT INTO signing_keys (instance_id, target_id, position, key_id, sealed_secret, expires_at)
     SELECT $1, $2, place - 1, key_id, sealed_secret, expires_at
     FROM unnest($3::text[], $4::bytea[], $5::bigint[]) WITH ORDINALITY
       AS given (key_id, sealed_secret, expires_at, place)`,
    [
      instance,
      target.id,
      rows.map(({ keyId }) => keyId),
      rows.map(({ sealedSecret }) => sealedSecret),
      rows.map(({ expiresAt }) => expiresAt),
    ],
  );
}

/** Writes the keys of `next` where they differ, and deletes what has expired at `at`. */
export function replaceKeys(
  transaction: Transaction,
  sealer: Sealer,
  instance: InstanceId,
  { current, next, at }: { readonly current: Target; readonly next: Target; readonly at: Micros },
): void {
  if (sameKeys(current, next)) {
    transaction.send(
      "DELETE FROM signing_keys WHERE instance_id = $1 AND target_id = $2 AND expires_at <= $3",
      [instance, next.id, at],
    );
    return;
  }
  deleteKeys(transaction, instance, next.id);
  insertKeys(transaction, sealer, instance, next);
}

export function deleteKeys(transaction: Transaction, instance: InstanceId, target: TargetId): void {
  transaction.send("DELETE FROM signing_keys WHERE instance_id = $1 AND target_id = $2", [
    instance,
    target,
  ]);
}
