import type Database from "better-sqlite3";
import type { Micros } from "../../domain/units.ts";

/** Rows deleted in one step, so that the writers of the same transaction do not wait for long. */
export const sweepStep = 500;

/** Returns a function that deletes up to {@link sweepStep} rows and tells how many there were. */
export function createSweep(db: Database.Database): (now: Micros) => number {
  const deletions = [
    `DELETE FROM signing_keys WHERE rowid IN
       (SELECT rowid FROM signing_keys WHERE expires_at <= ? LIMIT ?)`,
    `DELETE FROM replays WHERE rowid IN
       (SELECT rowid FROM replays WHERE keep_until <= ? LIMIT ?)`,
  ].map((sql) => db.prepare<[number, number]>(sql));
  return (now) =>
    deletions.reduce((sum, deletion) => sum + deletion.run(now, sweepStep - sum).changes, 0);
}
