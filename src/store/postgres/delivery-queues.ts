/**
 * The rows of queues. Whoever makes, takes or ends a delivery of a target holds the row of its queue, so that
 * calls under way are counted right whatever the number of processes, and nothing is added to the queue of
 * a target that was deleted meanwhile. Rows of several queues are locked in the order of their names.
 */
import { type Breaker, newBreaker } from "../../domain/breaker.ts";
import { type InstanceId, type Micros, micros, type TargetId } from "../../domain/units.ts";
import {
  never,
  type Queue,
  type QueueName,
  type QueueRow,
  queueColumns,
  toQueue,
} from "../rows/queues.ts";
import type { Session, Transaction } from "./session.ts";

/** Makes the queues of some targets, deleted or not, as far as they are not there yet. */
export function makeQueues(
  transaction: Transaction,
  instance: InstanceId,
  targets: readonly TargetId[],
): void {
  transaction.send(
    `INSERT INTO delivery_queues (instance_id, target_id)
     SELECT $1, id FROM targets WHERE instance_id = $1 AND id = ANY ($2)
       AND NOT EXISTS (SELECT 1 FROM delivery_queues
         WHERE delivery_queues.instance_id = $1 AND target_id = targets.id)
     ORDER BY id ON CONFLICT DO NOTHING`,
    [instance, targets],
  );
}

/** Locks the queues of some targets of an instance, which are made where there are none. */
export async function lockQueues(
  transaction: Transaction,
  instance: InstanceId,
  targets: readonly TargetId[],
): Promise<readonly Queue[]> {
  if (targets.length === 0) return [];
  makeQueues(transaction, instance, targets);
  return lockExistingQueues(
    transaction,
    targets.map((target) => ({ instance, target })),
  );
}

const lockSql = `SELECT ${queueColumns} FROM delivery_queues
  WHERE (instance_id, target_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))
  ORDER BY instance_id, target_id FOR NO KEY UPDATE`;

const lockValues = (queues: readonly QueueName[]) => [
  queues.map(({ instance }) => instance),
  queues.map(({ target }) => target),
];

/** Locks the queues of some targets of whatever instances, as far as there are any. */
export async function lockExistingQueues(
  transaction: Transaction,
  queues: readonly QueueName[],
): Promise<readonly Queue[]> {
  return (await transaction.rows<QueueRow>(lockSql, lockValues(queues))).map(toQueue);
}

/** The same for what is looked up behind it, which is not skipped then because others hold it. */
export function awaitQueues(transaction: Transaction, queues: readonly QueueName[]): void {
  transaction.send(lockSql, lockValues(queues));
}

/** A queue as the key of a map. */
export const queueKey = ({ instance, target }: QueueName) => JSON.stringify([instance, target]);

/** When the next queue wants to be looked at. */
export async function nextLook(session: Session): Promise<Micros | undefined> {
  const row = await session.row<{ at: number }>(
    `SELECT next_look_at AS at FROM delivery_queues WHERE next_look_at IS NOT NULL
     ORDER BY next_look_at LIMIT 1`,
    [],
  );
  return row && micros(row.at);
}

/**
 * The assignment by which a queue takes note that a delivery comes due, unless it is held anyway.
 *
 * @param dueAt the expression of the time
 */
export const offerAssignment = (dueAt: string) => `next_look_at = CASE
    WHEN hold_until >= ${never} THEN next_look_at
    ELSE least(next_look_at, greatest(hold_until, ${dueAt})) END`;

/** @param at undefined: not before something changes */
export function lookAgain(
  transaction: Transaction,
  { instance, target }: QueueName,
  at: number | undefined,
): void {
  transaction.send(
    `UPDATE delivery_queues SET next_look_at = $3, hold_until = 0
     WHERE instance_id = $1 AND target_id = $2`,
    [instance, target, at ?? null],
  );
}

export function setBreaker(
  transaction: Transaction,
  { instance, target }: QueueName,
  breaker: Breaker,
): void {
  const { state, openUntil = null, openings, failingSince = null } = breaker;
  const { windowStart, windowCalls, windowFailures } = breaker;
  transaction.send(
    `UPDATE delivery_queues SET breaker = $3, open_until = $4, openings = $5, failing_since = $6,
       window_start = $7, window_calls = $8, window_failures = $9
     WHERE instance_id = $1 AND target_id = $2`,
    [
      ...[instance, target, state, openUntil, openings, failingSince],
      ...[windowStart, windowCalls, windowFailures],
    ],
  );
}

/** To be called when a target has changed. */
export function wakeQueue(
  transaction: Transaction,
  queue: QueueName,
  at: Micros,
  enabled: boolean,
): void {
  lookAgain(transaction, queue, at);
  if (enabled) transaction.wake();
  if (enabled) setBreaker(transaction, queue, newBreaker());
}
