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
  const step: Step = { left: most, deleted: 0 };
  for (const { id } of instances) {
    const isCleared = await clear(transaction, id, step);
    if (step.left <= 0) break;
    if (isCleared) transaction.send("UPDATE instances SET cleared = true WHERE id = $1", [id]);
  }
  return step.deleted;
}

/** How much a sweep may still delete, and how much it has. */
interface Step {
  left: number;
  deleted: number;
}

/** Resolves with whether an instance has no rows left. */
async function clear(transaction: Transaction, id: string, step: Step): Promise<boolean> {
  for (const { table, weight } of [...abandoned, ...bookkeeping]) {
    const [rows, rest] = await Promise.all([
      transaction.rows(deletion(table, "instance_id = $1", ""), [
        id,
        Math.ceil(step.left / weight),
      ]),
      // A row that somebody changed while it was waited for has another place then, and stays.
      transaction.row(`SELECT 1 FROM ${table} WHERE instance_id = $1 LIMIT 1`, [id]),
    ]);
    step.left -= rows.length * weight;
    if (!uncounted.has(table)) step.deleted += rows.length;
    if (rest !== undefined) return false;
  }
  return true;
}
