import type { Micros } from "../../domain/units.ts";
import { never, type QueueName } from "../rows/queues.ts";
import { takeRevisions } from "./delivery-revisions.ts";
import type { Transaction } from "./session.ts";

/** Deliveries cancelled in one step, so that a transaction stays short. */
const cancelStep = 500;

/** Cancels pending ones of a queue, whether they are due or not, and says whether there may be more. */
const cancelSql = `WITH found AS (
    SELECT row, row_number() OVER (ORDER BY row) AS place FROM deliveries
    WHERE row IN (
      SELECT row FROM deliveries
      WHERE instance_id = $1 AND target_id = $2 AND state = 'pending' LIMIT ${cancelStep}
    )
  ), total AS (SELECT count(*) AS total FROM found),
  counter AS (${takeRevisions({
    count: "(SELECT total FROM total)",
    pending: "(SELECT -total FROM total)",
    finished: "(SELECT total FROM total)",
    unless: "SELECT FROM found",
  })}), ended AS (
    UPDATE deliveries SET state = 'cancelled', due_at = NULL, finished_at = $3, revision = counter.latest - total + place
    FROM found, total, counter WHERE deliveries.row = found.row
    RETURNING deliveries.row
  ), held AS (
    SELECT delivery FROM leases WHERE delivery IN (SELECT row FROM found)
    ORDER BY delivery FOR UPDATE
  ), free AS (
    DELETE FROM leases USING held WHERE leases.delivery = held.delivery
  )
  UPDATE delivery_queues SET next_look_at = NULL, hold_until = ${never}, breaker = 'closed',
    cancelling = (SELECT count(*) = ${cancelStep} FROM ended)
  WHERE instance_id = $1 AND target_id = $2
  RETURNING (SELECT count(*) FROM ended) AS cancelled`;

/**
 * Cancels what a deleted target left pending, its queue being locked; what is too much for a step is left to
 * sweeps.
 */
export function cancelPending(
  transaction: Transaction,
  { instance, target }: QueueName,
  now: Micros,
): void {
  transaction.send(cancelSql, [instance, target, now]);
}

/**
 * Goes on with what is left of deleted targets, and resolves with the number of those it cancelled. What
 * deleted instances left is not cancelled but deleted, by whoever sweeps them.
 */
export async function cancelMore(transaction: Transaction, now: Micros): Promise<number> {
  const queue = await transaction.row<QueueName>(
    `SELECT instance_id AS instance, target_id AS target FROM delivery_queues
     JOIN instances ON instances.id = instance_id AND deleted_at IS NULL
     WHERE cancelling LIMIT 1
     FOR KEY SHARE OF instances SKIP LOCKED FOR NO KEY UPDATE OF delivery_queues SKIP LOCKED`,
    [],
  );
  if (queue === undefined) return 0;
  const { instance, target } = queue;
  const row = await transaction.row<{ cancelled: number }>(cancelSql, [instance, target, now]);
  return row?.cancelled ?? 0;
}
