import type Database from "better-sqlite3";
import type { Micros } from "../../domain/units.ts";
import { abandoned, expiries, sweepStep } from "../sweep-rules.ts";

/** Returns a function that deletes up to {@link sweepStep} rows and tells how many there were. */
export function createSweep(db: Database.Database): (now: Micros) => number {
  const deleteExpired = expiredRows(db);
  const deleteAbandoned = abandonedRows(db);
  return (now) => {
    const expired = deleteExpired(now, sweepStep);
    return expired + deleteAbandoned(sweepStep - expired);
  };
}

/** The deletions of what has run out at a time, up to a number of rows. */
export const expirySql = expiries.map(({ table, column, kept }) => ({
  kept,
  sql: `DELETE FROM ${table} WHERE rowid IN
    (SELECT rowid FROM ${table} WHERE ${column} <= ? LIMIT ?)`,
}));

/** What has run out. */
function expiredRows(db: Database.Database): (now: Micros, most: number) => number {
  const deletions = expirySql.map(({ kept, sql }) => {
    const deletion = db.prepare<[number, number]>(sql);
    return (now: Micros, most: number) => deletion.run(now - kept, most).changes;
  });
  return (now, most) => deletions.reduce((sum, run) => sum + run(now, most - sum), 0);
}

/** Deletes what deleted instances left behind. Nothing is added to them once they are deleted. */
function abandonedRows(db: Database.Database): (most: number) => number {
  const toClear = db
    .prepare<[], string>(
      "SELECT id FROM instances WHERE deleted_at IS NOT NULL AND cleared = 0 ORDER BY id",
    )
    .pluck();
  const deletions = abandoned.map(({ table, weight }) => ({
    weight,
    run: db.prepare<[string, number]>(`DELETE FROM ${table} WHERE instance_id = ? LIMIT ?`),
  }));
  const markCleared = db.prepare<[string]>("UPDATE instances SET cleared = 1 WHERE id = ?");

  return (most) => {
    let left = most;
    let deleted = 0;
    for (const id of toClear.all()) {
      for (const { weight, run } of deletions) {
        const rows = run.run(id, Math.ceil(left / weight)).changes;
        deleted += rows;
        left -= rows * weight;
        // Only with something left of the step is it sure that there are no more rows.
        if (left <= 0) return deleted;
      }
      markCleared.run(id);
    }
    return deleted;
  };
}
