import type Database from "better-sqlite3";
import type { Micros } from "../../domain/units.ts";
import { keepEndedTokens } from "../token-store.ts";

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

/** A column with the time at which a row runs out, and for how many microseconds it is kept on. */
const expiries = [
  { table: "signing_keys", column: "expires_at", kept: 0 },
  { table: "replays", column: "keep_until", kept: 0 },
  { table: "tokens", column: "revoked_at", kept: keepEndedTokens },
  { table: "tokens", column: "expires_at", kept: keepEndedTokens },
] as const;

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

/** What deleted instances left behind. Nothing can be added to them once they are deleted. */
function abandonedRows(db: Database.Database): (most: number) => number {
  const toClear = db
    .prepare<[], string>(
      "SELECT id FROM instances WHERE deleted_at IS NOT NULL AND cleared = 0 ORDER BY id",
    )
    .pluck();
  // Keys refer to targets, so they go first.
  const deletions = ["signing_keys", "targets", "replays", "tokens"].map((table) =>
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
