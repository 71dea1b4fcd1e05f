import type { InstanceId, Micros } from "../../domain/units.ts";
import type { Transaction } from "./session.ts";

/** Deliveries, with their logs, and ids of events that are deleted in one step. */
const step = { deliveries: 100, events: 500 } as const;

/**
 * Deletes a step of what is older than a time, and resolves with the number of rows. What others are at work
 * on is left to the next step.
 */
export async function pruneDeliveries(transaction: Transaction, before: Micros): Promise<number> {
  const [pruned, events] = await Promise.all([
    transaction.rows<{ instance: InstanceId; revision: number }>(
      `DELETE FROM deliveries WHERE row = ANY (ARRAY(
         SELECT row FROM deliveries WHERE finished_at < $1
         ORDER BY finished_at LIMIT ${step.deliveries} FOR UPDATE SKIP LOCKED))
       RETURNING instance_id AS instance, revision`,
      [before],
    ),
    transaction.rows(
      `DELETE FROM published_events WHERE (instance_id, id) IN (
         SELECT instance_id, id FROM published_events WHERE at < $1
         ORDER BY at LIMIT ${step.events} FOR UPDATE SKIP LOCKED)
       RETURNING 1`,
      [before],
    ),
  ]);
  if (pruned.length > 0) {
    const byInstance = Map.groupBy(pruned, ({ instance }) => instance);
    const instances = [...byInstance.keys()].sort();
    transaction.send(
      `UPDATE delivery_revisions AS revisions SET pruned = greatest(revisions.pruned, given.pruned)
       FROM (
         SELECT locked.instance_id, up_to.pruned FROM delivery_revisions AS locked
         JOIN unnest($1::text[], $2::bigint[]) AS up_to (instance_id, pruned)
           ON up_to.instance_id = locked.instance_id
         ORDER BY locked.instance_id FOR NO KEY UPDATE OF locked
       ) AS given
       WHERE revisions.instance_id = given.instance_id`,
      [
        instances,
        instances.map((instance) =>
          Math.max(...(byInstance.get(instance) ?? []).map(({ revision }) => revision)),
        ),
      ],
    );
  }
  return pruned.length + events.length;
}
