/**
 * What the store does about deliveries when it opens, besides ending the leases. A time that lies ahead
 * may come from a clock that was wrong: what it made is due, and each queue is looked at once, which
 * finds out anew how long it has to wait.
 */
import type Database from "better-sqlite3";
import type { Micros } from "../../domain/units.ts";

/** Microseconds; twice the longest delay that a policy can have. */
const longestWait = 48 * 3600e6;

/** Each takes the time of the opening. */
export const freeingSql = {
  madeAhead: `UPDATE deliveries INDEXED BY deliveries_created_at SET due_at = :now
    WHERE instance_id IN (SELECT id FROM instances) AND created_at > :now AND due_at > :now`,
  dueAhead: `UPDATE deliveries INDEXED BY deliveries_due SET due_at = :now
    WHERE (instance_id, target_id) IN (SELECT instance_id, target_id FROM delivery_queues)
      AND state = 'pending' AND due_at > :now + ${longestWait}`,
  // A power cut may have taken the last numbers, which watchers have seen: none is given twice.
  latestRevision: "UPDATE delivery_revisions SET latest = latest + 1000000",
  queues: `UPDATE delivery_queues SET next_look_at = :now, hold_until = 0 WHERE next_look_at > :now`,
} as const;

export function freeDeliveries(db: Database.Database, now: Micros): void {
  const statements = Object.values(freeingSql).map((sql) => db.prepare<[{ now: number }]>(sql));
  db.transaction(() => {
    for (const statement of statements) statement.run({ now });
  }).immediate();
}
