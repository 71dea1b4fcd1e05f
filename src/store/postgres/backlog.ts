import type { Backlog } from "../delivery-store.ts";
import { optionalMicros } from "../rows/values.ts";
import type { Session } from "./session.ts";

/** Rows that a count looks at, at most. */
const maxLooks = 1_000;

/** Reads how all queues are doing. */
export async function readBacklog(session: Session): Promise<Backlog> {
  const row = await session.row<{ oldest: number | null; open: number; waiting: number }>(
    `SELECT
       (SELECT min(first.created_at) FROM (
          SELECT instance_id FROM delivery_revisions WHERE pending > 0 LIMIT ${maxLooks}
        ) AS instance
        CROSS JOIN LATERAL (
          SELECT created_at FROM deliveries
          WHERE deliveries.instance_id = instance.instance_id AND state = 'pending'
            AND state <> 'succeeded'
          ORDER BY created_at LIMIT 1
        ) AS first) AS oldest,
       (SELECT count(*) FROM (
          SELECT instance_id, target_id FROM delivery_queues WHERE breaker <> 'closed'
          LIMIT ${maxLooks}
        ) AS queue
        JOIN targets ON targets.instance_id = queue.instance_id AND targets.id = queue.target_id
        WHERE NOT targets.disabled AND targets.deleted_at IS NULL) AS open,
       (SELECT count(*) FROM (
          SELECT instance_id, id FROM targets WHERE disabled AND deleted_at IS NULL
          LIMIT ${maxLooks}
        ) AS target
        WHERE EXISTS (
          SELECT 1 FROM deliveries WHERE deliveries.instance_id = target.instance_id
            AND deliveries.target_id = target.id AND deliveries.state = 'pending'
        )) AS waiting`,
    [],
  );
  return {
    oldestPending: optionalMicros(row?.oldest ?? null),
    openBreakers: row?.open ?? 0,
    disabledWaiting: row?.waiting ?? 0,
  };
}
