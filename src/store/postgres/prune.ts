import type { InstanceId } from "../../domain/units.ts";
import type { Kept, Store } from "../store.ts";
import type { PostgresStoreParts } from "./parts.ts";
import type { Transaction } from "./session.ts";

/** Rows of one step, so that a transaction stays short. Deliveries take contexts and logs with them. */
const step = { deliveries: 50, events: 500, changes: 500, targets: 100 } as const;

/** Instances that one step looks at, at most. */
const looks = 200;

/** A number beyond which nothing is counted. */
const endless = Number.MAX_SAFE_INTEGER;

/**
 * Deletes step by step what need not be kept. Goes from instance to instance and remembers where it is, so
 * that a step costs the same however many there are. What others are at work on, another process that
 * prunes among them, is left to a later round.
 */
export function createPruner({ db }: PostgresStoreParts): Store["prune"] {
  /** Instances up to this one are done in this round. */
  let place = "";
  return async (kept) => {
    const { last, isFull, isOver } = await db.write((transaction) =>
      pruneStep(transaction, place, kept),
    );
    if (isFull) return true;
    place = isOver ? "" : last;
    return !isOver;
  };
}

async function pruneStep(transaction: Transaction, place: string, kept: Kept) {
  const rows = await transaction.rows<{ id: InstanceId }>(
    "SELECT id FROM instances WHERE id > $1 ORDER BY id LIMIT $2",
    [place, looks],
  );
  const ids = rows.map(({ id }) => id);
  const deleted = await Promise.all([
    pruneDeliveries(transaction, ids, kept),
    transaction.rows(eventsSql, [ids, kept.eventIdsFrom]),
    transaction.rows(changesSql, [ids, kept.changesFrom]),
    transaction.rows(targetsSql, [ids, kept.deletedTargetsFrom]),
  ]);
  const mosts = [step.deliveries, step.events, step.changes, step.targets];
  return {
    isFull: deleted.some(({ length }, index) => length === mosts[index]),
    isOver: ids.length < looks,
    last: ids.at(-1) ?? place,
  };
}

/** Of each instance those that are too many, and those that are too old; not what was replayed meanwhile. */
const deliveriesSql = `DELETE FROM deliveries WHERE row IN (
    SELECT locked.row FROM deliveries AS locked
    JOIN (
      SELECT oldest.row, oldest.finished_at FROM unnest($1::text[]) AS instance (id)
      JOIN delivery_revisions AS counted ON counted.instance_id = instance.id
      CROSS JOIN LATERAL (
        SELECT row, finished_at, row_number() OVER (ORDER BY finished_at) AS place
        FROM deliveries WHERE deliveries.instance_id = instance.id AND finished_at IS NOT NULL
        ORDER BY finished_at LIMIT ${step.deliveries}
      ) AS oldest
      WHERE oldest.place <= counted.finished - $2 OR oldest.finished_at < $3
      LIMIT ${step.deliveries}
    ) AS found ON found.row = locked.row
    WHERE locked.finished_at = found.finished_at
    ORDER BY locked.row FOR UPDATE OF locked SKIP LOCKED
  )
  RETURNING instance_id AS instance, revision`;

async function pruneDeliveries(
  transaction: Transaction,
  ids: readonly InstanceId[],
  { deliveries, deliveriesFrom }: Kept,
) {
  const pruned = await transaction.rows<{ instance: InstanceId; revision: number }>(deliveriesSql, [
    ids,
    Math.min(deliveries, endless),
    deliveriesFrom,
  ]);
  const byInstance = Map.groupBy(pruned, ({ instance }) => instance);
  for (const instance of [...byInstance.keys()].sort()) {
    const own = byInstance.get(instance) ?? [];
    transaction.send(
      `UPDATE delivery_revisions SET pruned = greatest(pruned, $2), finished = finished - $3
       WHERE instance_id = $1`,
      [instance, Math.max(...own.map(({ revision }) => revision)), own.length],
    );
  }
  return pruned;
}

const eventsSql = `DELETE FROM published_events WHERE ctid = ANY (ARRAY(
    SELECT found.place FROM unnest($1::text[]) AS instance (id)
    CROSS JOIN LATERAL (
      SELECT ctid AS place FROM published_events
      WHERE published_events.instance_id = instance.id AND at < $2
      ORDER BY at LIMIT ${step.events} FOR UPDATE SKIP LOCKED
    ) AS found
    LIMIT ${step.events}))
  RETURNING 1`;

/** The latest change stays: the next one counts on from it. */
const changesSql = `DELETE FROM changes WHERE ctid = ANY (ARRAY(
    SELECT found.place FROM unnest($1::text[]) AS instance (id)
    JOIN change_counters AS counted ON counted.instance_id = instance.id
    CROSS JOIN LATERAL (
      SELECT ctid AS place FROM changes
      WHERE changes.instance_id = instance.id AND latest_at < $2
        AND sequence < counted.latest
      ORDER BY latest_at, sequence LIMIT ${step.changes} FOR UPDATE SKIP LOCKED
    ) AS found
    LIMIT ${step.changes}))
  RETURNING 1`;

/** What refers to a target besides its deliveries is gone since its deletion, except for its queue. */
const targetsSql = `WITH found AS MATERIALIZED (
    SELECT old.instance_id, old.id FROM unnest($1::text[]) AS instance (id)
    CROSS JOIN LATERAL (
      SELECT instance_id, targets.id FROM targets
      WHERE targets.instance_id = instance.id AND deleted_at < $2 AND NOT EXISTS (
        SELECT 1 FROM deliveries WHERE deliveries.instance_id = targets.instance_id
          AND deliveries.target_id = targets.id)
      ORDER BY deleted_at LIMIT ${step.targets} FOR UPDATE SKIP LOCKED
    ) AS old
    LIMIT ${step.targets}
  ), queues AS (
    DELETE FROM delivery_queues USING found
    WHERE delivery_queues.instance_id = found.instance_id
      AND delivery_queues.target_id = found.id
  )
  DELETE FROM targets USING found
  WHERE targets.instance_id = found.instance_id AND targets.id = found.id
  RETURNING 1`;
