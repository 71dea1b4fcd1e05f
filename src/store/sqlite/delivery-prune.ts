import type Database from "better-sqlite3";
import type { InstanceId, Micros } from "../../domain/units.ts";
import type { RevisionTable } from "./delivery-revisions.ts";

/** Deliveries, with their logs, and ids of events that are deleted in one step. */
const step = { deliveries: 100, events: 500 } as const;

interface Finished {
  readonly row: number;
  readonly instance: InstanceId;
  readonly revision: number;
}

export const pruneSql = {
  finished: `SELECT row, instance_id AS instance, revision FROM deliveries
    WHERE finished_at < ? ORDER BY finished_at LIMIT ?`,
  events: `DELETE FROM published_events WHERE (instance_id, id) IN
    (SELECT instance_id, id FROM published_events WHERE at < ? ORDER BY at LIMIT ?)`,
} as const;

/** Returns a function that deletes a step of what is older than a time, and tells how many rows. */
export function createPruner(db: Database.Database, revisions: RevisionTable) {
  const select = db.prepare<[number, number], Finished>(pruneSql.finished);
  const remove = db.prepare<[number]>("DELETE FROM deliveries WHERE row = ?");
  const removeEvents = db.prepare<[number, number]>(pruneSql.events);
  return (before: Micros): number => {
    const finished = select.all(before, step.deliveries);
    for (const { row, instance, revision } of finished) {
      remove.run(row);
      revisions.prune(instance, revision);
    }
    return finished.length + removeEvents.run(before, step.events).changes;
  };
}
