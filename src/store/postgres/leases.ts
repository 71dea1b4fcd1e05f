/** Who holds deliveries, and which can be taken. */
import type { InstanceId, Micros, TargetId } from "../../domain/units.ts";
import { type DeliveryRow, deliveryColumns } from "../rows/deliveries.ts";
import type { QueueName } from "../rows/queues.ts";
import { lockExistingQueues, offerAssignment, queueKey } from "./delivery-queues.ts";
import type { Transaction } from "./session.ts";

/** A claim as a worker names it. */
export interface ClaimName {
  readonly id: string;
  readonly instance: InstanceId;
  readonly fence: number;
}

/** What is to be taken from a queue that is locked. */
export interface Wanted {
  readonly instance: InstanceId;
  readonly target: TargetId;
  readonly most: number;
}

/** A delivery, and the fence of its claim. */
export type TakenRow = DeliveryRow & { readonly context: string; readonly fence: number };

/** The columns of a delivery where there are other tables beside it. */
export const qualified = deliveryColumns
  .split(", ")
  .map((name) => `deliveries.${name}`)
  .join(", ");

/** A condition of deliveries: nobody holds them at a time. */
const isFree = (now: string) => `NOT EXISTS (SELECT 1 FROM leases
    WHERE leases.delivery = deliveries.row AND leases.until > ${now})`;

/** When something of a queue can be taken next: what is due, or what is under way and may not end. */
export const nextDue = (instance: string, target: string, now: string) => `least(
    (SELECT due_at FROM deliveries WHERE deliveries.instance_id = ${instance}
      AND deliveries.target_id = ${target} AND state = 'pending' AND due_at IS NOT NULL
      AND ${isFree(now)} ORDER BY due_at LIMIT 1),
    (SELECT min(until) FROM leases WHERE leases.instance_id = ${instance}
      AND leases.target_id = ${target} AND until > ${now}))`;

/** The same as a row with the column `at`. The planner would put a plain subquery in wherever `at` stands. */
export const nextDueOnce = (instance: string, target: string, now: string) =>
  `(SELECT ${nextDue(instance, target, now)} AS at OFFSET 0)`;

/**
 * Takes due deliveries, longest first, then as they came; those whose lease has ended are among them. The
 * queues are asked in their order, until there are enough.
 */
export async function takeDue(
  transaction: Transaction,
  queues: readonly Wanted[],
  { now, until, most }: { readonly now: Micros; readonly until: Micros; readonly most: number },
): Promise<ReadonlyMap<string, readonly TakenRow[]>> {
  const rows = await transaction.rows<TakenRow>(
    `WITH due AS MATERIALIZED (
       SELECT found.row, queue.instance_id, queue.target_id, queue.place
       FROM unnest($1::text[], $2::text[], $3::integer[]) WITH ORDINALITY
         AS queue (instance_id, target_id, most, place)
       CROSS JOIN LATERAL (
         SELECT row FROM deliveries
         WHERE deliveries.instance_id = queue.instance_id
           AND deliveries.target_id = queue.target_id AND state = 'pending' AND due_at <= $4
           AND ${isFree("$4")}
         ORDER BY due_at, row LIMIT queue.most
       ) AS found
       LIMIT $6
     ), taken AS (
       INSERT INTO leases (delivery, instance_id, target_id, until, fence)
       SELECT row, instance_id, target_id, $5, nextval('delivery_fences') FROM due ORDER BY row
       ON CONFLICT (delivery) DO UPDATE SET until = excluded.until, fence = excluded.fence
         WHERE leases.until <= $4
       RETURNING delivery, fence
     )
     SELECT ${qualified}, taken.fence, contexts.context FROM taken
     JOIN due ON due.row = taken.delivery
     JOIN deliveries ON deliveries.row = taken.delivery
     JOIN delivery_contexts AS contexts ON contexts.delivery = taken.delivery
     ORDER BY due.place, deliveries.due_at, deliveries.row`,
    [
      queues.map(({ instance }) => instance),
      queues.map(({ target }) => target),
      queues.map((queue) => queue.most),
      ...[now, until, most],
    ],
  );
  return Map.groupBy(rows, (row) =>
    queueKey({ instance: row.instance_id, target: row.target_id as TargetId }),
  );
}

/** Joins to leases the deliveries of claims (`$1` to `$3`) that still are the worker's. */
export const held = `JOIN deliveries ON deliveries.row = leases.delivery
  JOIN unnest($1::text[], $2::text[], $3::bigint[]) WITH ORDINALITY
    AS claim (instance_id, id, fence, place)
    ON claim.instance_id = deliveries.instance_id AND claim.id = deliveries.id
      AND claim.fence = leases.fence`;

/** The parameters of {@link held}. */
export const names = (claims: readonly ClaimName[]) => [
  claims.map(({ instance }) => instance),
  claims.map(({ id }) => id),
  claims.map(({ fence }) => fence),
];

/** Resolves with the ids of those claims that still were the worker's, in their order. */
export async function renewClaims(
  transaction: Transaction,
  claims: readonly ClaimName[],
  { now, until }: { readonly now: Micros; readonly until: Micros },
): Promise<readonly string[]> {
  transaction.soon();
  const rows = await transaction.rows<{ instance: InstanceId; id: string }>(
    `WITH own AS (
       SELECT leases.delivery, deliveries.instance_id, deliveries.id FROM leases ${held}
       WHERE leases.until > $5
       ORDER BY leases.delivery FOR NO KEY UPDATE OF leases
     )
     UPDATE leases SET until = $4 FROM own WHERE leases.delivery = own.delivery
     RETURNING own.instance_id AS instance, own.id`,
    [...names(claims), until, now],
  );
  const renewed = new Set(rows.map(({ instance, id }) => JSON.stringify([instance, id])));
  return claims
    .filter(({ instance, id }) => renewed.has(JSON.stringify([instance, id])))
    .map(({ id }) => id);
}

/** Gives claims back, due at a time; their queues are locked first. */
export async function releaseClaims(
  transaction: Transaction,
  claims: readonly ClaimName[],
  dueAt: Micros,
): Promise<void> {
  const queues = await transaction.rows<QueueName>(
    `SELECT DISTINCT leases.instance_id AS instance, leases.target_id AS target
     FROM leases ${held}`,
    names(claims),
  );
  await lockExistingQueues(transaction, queues);
  transaction.soon();
  transaction.wake();
  transaction.send(
    `WITH own AS (
       SELECT leases.delivery FROM leases ${held}
       ORDER BY leases.delivery FOR UPDATE OF leases
     ), released AS (
       DELETE FROM leases USING own WHERE leases.delivery = own.delivery
       RETURNING leases.delivery
     ), due AS (
       UPDATE deliveries SET due_at = $4 FROM released WHERE deliveries.row = released.delivery
       RETURNING deliveries.instance_id, deliveries.target_id
     )
     UPDATE delivery_queues SET hold_until = 0, next_look_at = least(next_look_at, $4)
     FROM (SELECT DISTINCT instance_id, target_id FROM due) AS queue
     WHERE delivery_queues.instance_id = queue.instance_id
       AND delivery_queues.target_id = queue.target_id`,
    [...names(claims), dueAt],
  );
}

/** Lets a queue be looked at when a delivery comes due. */
export function offer(
  transaction: Transaction,
  { instance, target }: { readonly instance: InstanceId; readonly target: TargetId },
  dueAt: Micros,
): void {
  transaction.wake();
  transaction.send(
    `UPDATE delivery_queues SET ${offerAssignment("$3::bigint")}
     WHERE instance_id = $1 AND target_id = $2`,
    [instance, target, dueAt],
  );
}

/** Whether a lease of a delivery has not ended. */
export async function isHeld(
  transaction: Transaction,
  delivery: DeliveryRow,
  now: Micros,
): Promise<boolean> {
  const row = await transaction.row("SELECT 1 FROM leases WHERE delivery = $1 AND until > $2", [
    delivery.row,
    now,
  ]);
  return row !== undefined;
}
