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

/**
 * What deleted instances leave behind, each table before those that its rows refer to. A weight is the
 * number of plain rows that one row counts for: those of catalogues may hold some MiB, so that a step
 * deletes one, and deliveries take contexts and logs with them.
 */
const abandoned: readonly { readonly table: string; readonly weight: number }[] = [
  { table: "signing_keys", weight: 1 },
  { table: "public_keys", weight: 1 },
  { table: "deliveries", weight: 20 },
  { table: "delivery_queues", weight: 1 },
  { table: "delivery_revisions", weight: 1 },
  { table: "published_events", weight: 1 },
  { table: "execution_targets", weight: 1 },
  { table: "executions", weight: 1 },
  { table: "targets", weight: 1 },
  { table: "replays", weight: 1 },
  { table: "tokens", weight: 1 },
  { table: "instance_keys", weight: 1 },
  { table: "catalog_sources", weight: sweepStep },
  { table: "catalogs", weight: sweepStep },
];

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
