import type { Micros } from "../../domain/units.ts";
import { abandoned, expiries, sweepStep } from "../sweep-rules.ts";
import { cancelMore } from "./cancel.ts";
import type { PostgresStoreParts } from "./parts.ts";
import type { Transaction } from "./session.ts";

/**
 * Deletes a step of what has run out, of what deleted instances left, and cancels what deleted targets left.
 * Several processes sweep at the same time: each leaves out what another is at work on.
 */
export async function sweep({ db }: PostgresStoreParts, now: Micros): Promise<number> {
  const deleted = await db.write(async (transaction) => {
    const expired = await deleteExpired(transaction, now, sweepStep);
    return expired + (await deleteAbandoned(transaction, sweepStep - expired));
  });
  return deleted + (await db.write((transaction) => cancelMore(transaction, now)));
}

async function deleteExpired(transaction: Transaction, now: Micros, most: number) {
  let deleted = 0;
  for (const { table, column, kept } of expiries) {
    const rows = await transaction.rows(deletion(table, `${column} <= $1`, "SKIP LOCKED"), [
      now - kept,
      most - deleted,
    ]);
    deleted += rows.length;
  }
  return deleted;
}

const deletion = (table: string, condition: string, locked: "SKIP LOCKED" | "") =>
  `DELETE FROM ${table} WHERE ctid = ANY (
    ARRAY(SELECT ctid FROM ${table} WHERE ${condition} LIMIT $2 FOR UPDATE ${locked}))
  RETURNING 1`;

/** Tables that only this store has. */
const bookkeeping = [{ table: "usage", weight: 1 }] as const;

/** What the store keeps for itself of an instance: nobody put it there, so it does not count. */
const uncounted: ReadonlySet<string> = new Set(["delivery_queues", "delivery_revisions", "usage"]);

/**
 * Deletes what deleted instances left behind. Nothing is added to them once they are deleted. One process
 * sweeps an instance; a claim that still looks at one of its queues is waited for.
 */
async function deleteAbandoned(transaction: Transaction, most: number): Promise<number> {
  const instances = await transaction.rows<{ id: string }>(
    `SELECT id FROM instances WHERE deleted_at IS NOT NULL AND NOT cleared
     ORDER BY id FOR NO KEY UPDATE SKIP LOCKED`,
    [],
  );
  let left = most;
  let deleted = 0;
  for (const { id } of instances) {
    for (const { table, weight } of [...abandoned, ...bookkeeping]) {
      const sql = deletion(table, "instance_id = $1", "");
      const rows = await transaction.rows(sql, [id, Math.ceil(left / weight)]);
      left -= rows.length * weight;
      if (!uncounted.has(table)) deleted += rows.length;
      // Only with something left of the step is it sure that there are no more rows.
      if (left <= 0) return deleted;
    }
    transaction.send("UPDATE instances SET cleared = true WHERE id = $1", [id]);
  }
  return deleted;
}
