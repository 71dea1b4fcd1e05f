/** The rows of public keys. */
import type { PublicKey } from "../../domain/public-key.ts";
import type { InstanceId, TargetId } from "../../domain/units.ts";
import { changedItems } from "../changed-items.ts";
import { type PublicKeyRow, toPublicKey, toPublicKeyRow } from "../rows/public-keys.ts";
import { livingInstance } from "./instances.ts";
import type { Session, Transaction } from "./session.ts";

/** The keys of a target, oldest first. */
export async function readPublicKeys(
  session: Session,
  instance: InstanceId,
  target: TargetId,
): Promise<readonly PublicKey[]> {
  const rows = await session.rows<PublicKeyRow>(
    `SELECT id, pem, fingerprint, active, expires_at AS "expiresAt", created_at AS "createdAt",
       changed_at AS "changedAt"
     FROM public_keys WHERE instance_id = $1 AND target_id = $2 AND ${livingInstance("$1")}
     ORDER BY created_at, id`,
    [instance, target],
  );
  return rows.map(toPublicKey);
}

/** Writes the keys of `next` that are other objects than those of `current`. */
export function replacePublicKeys(
  transaction: Transaction,
  { instance, target }: { readonly instance: InstanceId; readonly target: TargetId },
  current: readonly PublicKey[],
  next: readonly PublicKey[],
): void {
  const { gone, added } = changedItems(current, next);
  transaction.send(
    "DELETE FROM public_keys WHERE instance_id = $1 AND target_id = $2 AND id = ANY ($3)",
    [instance, target, gone.map(({ id }) => id)],
  );
  for (const key of added) {
    const { id, pem, fingerprint, active, expiresAt, createdAt, changedAt } = toPublicKeyRow(key);
    transaction.send(
      `INSERT INTO public_keys (instance_id, target_id, id, pem, fingerprint, active, expires_at,
         created_at, changed_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [instance, target, id, pem, fingerprint, active, expiresAt, createdAt, changedAt],
    );
  }
}

export function deletePublicKeys(
  transaction: Transaction,
  instance: InstanceId,
  target: TargetId,
): void {
  transaction.send("DELETE FROM public_keys WHERE instance_id = $1 AND target_id = $2", [
    instance,
    target,
  ]);
}
