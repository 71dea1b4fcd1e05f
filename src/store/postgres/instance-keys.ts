/** The rows of the keys of instances. */
import type { InstanceKey } from "../../domain/instance-key.ts";
import type { InstanceId } from "../../domain/units.ts";
import { changedItems } from "../changed-items.ts";
import { type InstanceKeyRow, toInstanceKey, toInstanceKeyRow } from "../rows/instance-keys.ts";
import type { Sealer } from "../seal.ts";
import { livingInstance } from "./instances.ts";
import type { Session, Transaction } from "./session.ts";

/** The keys of an instance, oldest first; none when it is deleted. */
export async function readInstanceKeys(
  session: Session,
  sealer: Sealer,
  instance: InstanceId,
): Promise<readonly InstanceKey[]> {
  const rows = await session.rows<InstanceKeyRow>(
    `SELECT id, algorithm, sealed_private_key AS "sealedPrivateKey", public_jwk AS "publicJwk",
       created_at AS "createdAt", signs_from AS "signsFrom", published_until AS "publishedUntil"
     FROM instance_keys WHERE instance_id = $1 AND ${livingInstance("$1")}
     ORDER BY signs_from, id`,
    [instance],
  );
  return rows.map((row) => toInstanceKey(sealer, instance, row));
}

/** Writes the keys of `next` that are other objects than those of `current`. */
export function replaceInstanceKeys(
  transaction: Transaction,
  sealer: Sealer,
  instance: InstanceId,
  { current, next }: Record<"current" | "next", readonly InstanceKey[]>,
): void {
  const { gone, added } = changedItems(current, next);
  transaction.send("DELETE FROM instance_keys WHERE instance_id = $1 AND id = ANY ($2)", [
    instance,
    gone.map(({ id }) => id),
  ]);
  for (const key of added) {
    const row = toInstanceKeyRow(sealer, instance, key);
    const { id, algorithm, sealedPrivateKey, publicJwk } = row;
    transaction.send(
      `INSERT INTO instance_keys (instance_id, id, algorithm, sealed_private_key, public_jwk,
         created_at, signs_from, published_until)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        ...[instance, id, algorithm, sealedPrivateKey, publicJwk],
        ...[row.createdAt, row.signsFrom, row.publishedUntil],
      ],
    );
  }
}
