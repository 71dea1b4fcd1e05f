import type Database from "better-sqlite3";
import type { Backlog } from "../delivery-store.ts";
import { optionalMicros } from "../rows/values.ts";

/** Rows that a count looks at, at most. */
const maxLooks = 1_000;

export const backlogSql = {
  oldest: `SELECT min(first) FROM (
      SELECT (
        SELECT created_at FROM deliveries WHERE deliveries.instance_id = usage.instance_id
          AND state = 'pending' AND state <> 'succeeded' ORDER BY created_at LIMIT 1
      ) AS first
      FROM usage WHERE pending_deliveries > 0 LIMIT ${maxLooks}
    )`,
  openBreakers: `SELECT count(*) FROM (
      SELECT instance_id, target_id FROM delivery_queues WHERE breaker <> 'closed' LIMIT ${maxLooks}
    ) AS queue
    JOIN targets ON targets.instance_id = queue.instance_id AND targets.id = queue.target_id
    WHERE targets.disabled = 0 AND targets.deleted_at IS NULL`,
  disabledWaiting: `SELECT count(*) FROM (
      SELECT instance_id, id FROM targets WHERE disabled = 1 AND deleted_at IS NULL
      LIMIT ${maxLooks}
    ) AS target
    WHERE EXISTS (
      SELECT 1 FROM deliveries WHERE deliveries.instance_id = target.instance_id
        AND deliveries.target_id = target.id AND deliveries.state = 'pending'
    )`,
} as const;

/** Returns a function that reads how all queues are doing. */
export function backlogReader(db: Database.Database): () => Backlog {
  const [oldest, openBreakers, disabledWaiting] = [
    db.prepare<[], number>(backlogSql.oldest).pluck(),
    db.prepare<[], number>(backlogSql.openBreakers).pluck(),
    db.prepare<[], number>(backlogSql.disabledWaiting).pluck(),
  ];
  return () => ({
    oldestPending: optionalMicros(oldest.get() ?? null),
    openBreakers: openBreakers.get() ?? 0,
    disabledWaiting: disabledWaiting.get() ?? 0,
  });
}
