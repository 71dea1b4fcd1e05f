import type Database from "better-sqlite3";
import type { Micros } from "../../domain/units.ts";

/** Rows deleted in one step, so that the writers of the same transaction do not wait for long. */
export const sweepStep = 500;

/** Returns a function that deletes up to {@link sweepStep} rows and tells how many there were. */
export function createSweep(db: Database.Database): (now: Micros) => number {
  const deleteExpired = expiredRows(db);
  const deleteAbandoned = abandonedRows(db);
  return (now) => {
    const expired = deleteExpired(now, sweepStep);
    return expired + deleteAbandoned(sweepStep - expired);
  };
}

/** What has run out. */
function expiredRows(db: Database.Database): (now: Micros, most: number) => number {
  const deletions = [
    `DELETE FROM signing_keys WHERE rowid IN
       (SELECT rowid FROM signing_keys WHERE expires_at <= ? LIMIT ?)`,
    `DELETE FROM replays WHERE rowid IN
       (SELECT rowid FROM replays WHERE keep_until <= ? LIMIT ?)`,
  ].map((sql) => db.prepare<[number, number]>(sql));
  return (now, most) =>
    deletions.reduce((sum, deletion) => sum + deletion.run(now, most - sum).changes, 0);
}

/** What deleted instances left behind. Nothing can be added to them once they are deleted. */
function abandonedRows(db: Database.Database): (most: number) => number {
  const toClear = db
    .prepare<[], string>(
      "SELECT id FROM instances WHERE deleted_at IS NOT NULL AND cleared = 0 ORDER BY id",
    )
    .pluck();
  // Keys refer to targets, so they go first.
  const deletions = ["signing_keys", "targets", "replays"].map((table) =>
    db.prepare<[string, number]>(
      `DELETE FROM ${table} WHERE rowid IN
         (SELECT rowid FROM ${table} WHERE instance_id = ? LIMIT ?)`,
    ),
  );
  const markCleared = db.prepare<[string]>("UPDATE instances SET cleared = 1 WHERE id = ?");

  return (most) => {
    let left = most;
    for (const id of toClear.all()) {
      for (const deletion of deletions) left -= deletion.run(id, left).changes;
      // Only with something left of the step is it sure that the last deletion found no more.
      if (left === 0) break;
      markCleared.run(id);
    }
    return most - left;
  };
}
