/** The rows of deliveries. Everything runs with the queues of their targets locked. */
import type { NewDelivery } from "../../domain/delivery.ts";
import type { InstanceId, Micros } from "../../domain/units.ts";
import type { Progress } from "../delivery-progress.ts";
import { type DeliveryRow, deliveryColumns } from "../rows/deliveries.ts";
import { offerAssignment } from "./delivery-queues.ts";
import { takeRevisions } from "./delivery-revisions.ts";
import type { Session, Transaction } from "./session.ts";

/** Whether a delivery has to wait for an earlier one of its order, which is pending or comes with it. */
const waits = `targets.ordered AND given.order_key IS NOT NULL AND (
    row_number() OVER (PARTITION BY given.target_id, given.order_key ORDER BY given.place) > 1
    OR EXISTS (SELECT 1 FROM deliveries AS before WHERE before.instance_id = $1
      AND before.target_id = given.target_id AND before.order_key = given.order_key
      AND before.state = 'pending'))`;

/** The queues of what has become due, inserted or not, are to be looked at. */
const offers = (source: string) => `UPDATE delivery_queues SET ${offerAssignment("due.at")}
  FROM (SELECT target_id, min(due_at) AS at FROM ${source} WHERE due_at IS NOT NULL
    GROUP BY target_id) AS due
  WHERE delivery_queues.instance_id = $1 AND delivery_queues.target_id = due.target_id`;

/** Its place in its order is its revision. */
const insertSql = `WITH given AS (
    SELECT * FROM unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
      $10::bigint[], $11::integer[], $12::text[], $13::text[]) WITH ORDINALITY
      AS given (id, target_id, condition_id, event_id, event_type, order_key, created_at, depth,
        traceparent, context, place)
  ), placed AS (
    SELECT given.*, targets.id IS NULL AS gone, coalesce(${waits}, false) AS waits
    FROM given LEFT JOIN targets ON targets.instance_id = $1 AND targets.id = given.target_id
      AND targets.deleted_at IS NULL
  ), counter AS (${takeRevisions({
    count: "$3::bigint",
    pending: "(SELECT count(*) FROM placed WHERE NOT gone)",
    finished: "(SELECT count(*) FROM placed WHERE gone)",
    mostPending: "$14::bigint",
  })}), inserted AS (
    INSERT INTO deliveries (instance_id, id, target_id, state, created_at, finished_at, due_at,
      revision, line, condition_id, event_id, event_type, order_key, depth, traceparent)
    SELECT $1, id, target_id, CASE WHEN gone THEN 'cancelled' ELSE 'pending' END, created_at,
      CASE WHEN gone THEN $2::bigint END, CASE WHEN NOT gone AND NOT waits THEN $2::bigint END,
      counter.latest - $3 + place, counter.latest - $3 + place, condition_id, event_id,
      event_type, order_key, depth, traceparent
    FROM placed, counter
    RETURNING row, id, target_id, due_at
  ), contexts AS (
    INSERT INTO delivery_contexts (delivery, context)
    SELECT inserted.row, placed.context FROM inserted JOIN placed ON placed.id = inserted.id
  )
  ${offers("inserted")}`;

/** Inserts deliveries; those of targets that are gone are cancelled at once. Fails with `queue-full`. */
export function insertDeliveries(
  transaction: Transaction,
  instance: InstanceId,
  added: readonly NewDelivery[],
  { at: now, mostPending = null }: { readonly at: Micros; readonly mostPending?: number | null },
): void {
  if (added.length === 0) return;
  transaction.wake();
  transaction.send(insertSql, [
    ...[instance, now, added.length],
    added.map(({ id }) => id),
    added.map(({ target }) => target),
    added.map(({ condition }) => condition),
    added.map(({ event }) => event?.id ?? null),
    added.map(({ event }) => event?.type ?? null),
    added.map(({ orderKey }) => orderKey ?? null),
    added.map(({ createdAt }) => createdAt),
    added.map(({ depth }) => depth),
    added.map(({ traceparent }) => traceparent ?? null),
    added.map(({ context }) => context),
    mostPending,
  ]);
}

/** Makes finished deliveries pending again, as though they came now in the order of `rows`. */
export function requeueDeliveries(
  transaction: Transaction,
  instance: InstanceId,
  rows: readonly DeliveryRow[],
  { at: now, mostPending = null }: { readonly at: Micros; readonly mostPending?: number | null },
): void {
  if (rows.length === 0) return;
  transaction.wake();
  transaction.send(
    `WITH given AS (
       SELECT deliveries.row, deliveries.target_id, deliveries.order_key, place
       FROM unnest($4::bigint[]) WITH ORDINALITY AS named (row, place)
       JOIN deliveries ON deliveries.row = named.row
     ), placed AS (
       SELECT given.*, coalesce(${waits}, false) AS waits
       FROM given JOIN targets ON targets.instance_id = $1 AND targets.id = given.target_id
     ), counter AS (${takeRevisions({
       count: "$3::bigint",
       pending: "$3::bigint",
       finished: "-$3::bigint",
       mostPending: "$5::bigint",
     })}), requeued AS (
       UPDATE deliveries SET state = 'pending', attempts = 0, finished_at = NULL,
         due_at = CASE WHEN NOT placed.waits THEN $2::bigint END,
         revision = counter.latest - $3 + placed.place, line = counter.latest - $3 + placed.place
       FROM placed, counter WHERE deliveries.row = placed.row
       RETURNING deliveries.target_id, deliveries.due_at
     )
     ${offers("requeued")}`,
    [instance, now, rows.length, rows.map(({ row }) => row), mostPending],
  );
}

/** A delivery that is locked, and what becomes of it. */
export interface Step {
  readonly row: DeliveryRow;
  readonly progress: Progress;
}

/** Only pending deliveries proceed. */
const proceedSql = `WITH counter AS (${takeRevisions({
  count: "$2::bigint",
  pending: "-$8::bigint",
  finished: "$8::bigint",
})})
  UPDATE deliveries SET state = given.state, attempts = given.attempts, due_at = given.due_at,
    finished_at = given.finished_at, revision = counter.latest - $2 + given.place
  FROM counter, unnest($3::bigint[], $4::text[], $5::integer[], $6::bigint[], $7::bigint[])
    WITH ORDINALITY AS given (row, state, attempts, due_at, finished_at, place)
  WHERE deliveries.row = given.row`;

/** In the order in which renewals lock them, which hold no queue. */
const endLeasesSql = `WITH held AS (
    SELECT delivery FROM leases WHERE delivery = ANY ($1) ORDER BY delivery FOR UPDATE
  )
  DELETE FROM leases USING held WHERE leases.delivery = held.delivery`;

/**
 * Writes progress of deliveries of one instance, ends their leases, and lets those go that waited for what is
 * pending no longer. What workers that held them do, no longer counts.
 */
export function proceed(
  transaction: Transaction,
  instance: InstanceId,
  steps: readonly Step[],
  now: Micros,
): void {
  if (steps.length === 0) return;
  const rows = steps.map(({ row }) => row.row);
  transaction.send(endLeasesSql, [rows]);
  hasten(transaction, instance, steps, now);
}

/** The same, but a worker whose lease has ended keeps its claim until another one takes over. */
export function hasten(
  transaction: Transaction,
  instance: InstanceId,
  steps: readonly Step[],
  now: Micros,
): void {
  const rows = steps.map(({ row }) => row.row);
  const ended = steps.filter(({ progress }) => progress.state !== "pending");
  transaction.send(proceedSql, [
    ...[instance, steps.length, rows],
    steps.map(({ progress }) => progress.state),
    steps.map(({ progress }) => progress.attempts),
    steps.map(({ progress }) => progress.dueAt),
    steps.map(({ progress }) => progress.finishedAt),
    ended.length,
  ]);
  letNextGo(
    transaction,
    instance,
    ended.map(({ row }) => row),
    now,
  );
}

const letGoSql = `WITH waiting AS (
    SELECT first.row, row_number() OVER () AS place
    FROM (SELECT DISTINCT * FROM unnest($2::text[], $3::text[])
      AS named (target_id, order_key)) AS ended
    CROSS JOIN LATERAL (
      SELECT row, due_at FROM deliveries WHERE deliveries.instance_id = $1
        AND deliveries.target_id = ended.target_id AND deliveries.order_key = ended.order_key
        AND state = 'pending' ORDER BY line LIMIT 1
    ) AS first
    WHERE first.due_at IS NULL
  ), total AS (SELECT count(*) AS total FROM waiting),
  counter AS (${takeRevisions({
    ...{ count: "(SELECT total FROM total)", pending: "0", finished: "0" },
    unless: "SELECT FROM waiting",
  })}), released AS (
    UPDATE deliveries SET due_at = $4, revision = counter.latest - total + place
    FROM waiting, total, counter WHERE deliveries.row = waiting.row
    RETURNING target_id, due_at
  )
  ${offers("released")}`;

/** Lets the next delivery of each order go that waited for one which is pending no longer. */
function letNextGo(
  transaction: Transaction,
  instance: InstanceId,
  ended: readonly DeliveryRow[],
  now: Micros,
): void {
  const inOrder = ended.filter(({ order_key }) => order_key !== null);
  if (inOrder.length === 0) return;
  transaction.send(letGoSql, [
    instance,
    inOrder.map(({ target_id }) => target_id),
    inOrder.map(({ order_key }) => order_key),
    now,
  ]);
}

export async function readDelivery(
  session: Session,
  instance: InstanceId,
  id: string,
): Promise<DeliveryRow | undefined> {
  return session.row<DeliveryRow>(
    `SELECT ${deliveryColumns} FROM deliveries WHERE instance_id = $1 AND id = $2`,
    [instance, id],
  );
}

/** Reads and locks deliveries, whose queues are locked, by their ids. */
export async function lockDeliveries(
  transaction: Transaction,
  instance: InstanceId,
  ids: readonly string[],
): Promise<readonly DeliveryRow[]> {
  return transaction.rows<DeliveryRow>(
    `SELECT ${deliveryColumns} FROM deliveries WHERE instance_id = $1 AND id = ANY ($2)
     ORDER BY row FOR NO KEY UPDATE`,
    [instance, ids],
  );
}

export async function readContext(session: Session, delivery: number): Promise<string> {
  const row = await session.row<{ context: string }>(
    "SELECT context FROM delivery_contexts WHERE delivery = $1",
    [delivery],
  );
  return row?.context ?? "";
}
