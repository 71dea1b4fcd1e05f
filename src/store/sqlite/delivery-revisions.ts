import type Database from "better-sqlite3";
import type { InstanceId } from "../../domain/units.ts";

/** The numbers by which deliveries of an instance are in the order of their changes. */
export interface RevisionTable {
  /** Takes some numbers one after the other, and returns the first. */
  take(instance: InstanceId, count: number): number;
  /** The latest number; 0 when there was none. */
  latest(instance: InstanceId): number;
  /** The number up to which deliveries may have been deleted. */
  pruned(instance: InstanceId): number;
  prune(instance: InstanceId, upTo: number): void;
}

export function createRevisionTable(db: Database.Database): RevisionTable {
  const add = db
    .prepare<[string, number], number>(
      `INSERT INTO delivery_revisions (instance_id, latest) VALUES (?, ?)
       ON CONFLICT DO UPDATE SET latest = latest + excluded.latest
       RETURNING latest`,
    )
    .pluck();
  const select = (column: string) =>
    db
      .prepare<[string], number>(`SELECT ${column} FROM delivery_revisions WHERE instance_id = ?`)
      .pluck();
  const [latest, pruned] = [select("latest"), select("pruned")];
  const setPruned = db.prepare<[number, string]>(
    "UPDATE delivery_revisions SET pruned = max(pruned, ?) WHERE instance_id = ?",
  );
  return {
    take: (instance, count) => (add.get(instance, count) ?? count) - count + 1,
    latest: (instance) => latest.get(instance) ?? 0,
    pruned: (instance) => pruned.get(instance) ?? 0,
    prune: (instance, upTo) => void setPruned.run(upTo, instance),
  };
}
