/** Whether a database was filled from SQLite, and how far that is. */
import type pg from "pg";
import { StoreStartError } from "../start-error.ts";
import { execute } from "./session.ts";

/** How far a move is. */
export interface MoveState {
  /** Which database is moved. */
  readonly source: string;
  /** Undefined while it is not finished. */
  readonly finishedAt: Date | undefined;
}

/** The tables that tell of a move: one row of it, and one for each table. */
export const moveTablesSql = `
  CREATE TABLE sqlite_move (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    source text NOT NULL,
    finished_at timestamptz
  );
  CREATE TABLE sqlite_move_tables (
    name text PRIMARY KEY,
    expected bigint NOT NULL,
    moved bigint NOT NULL DEFAULT 0
  )`;

/** Reads how far a move is; undefined when there was none. */
export async function readMove(client: pg.ClientBase): Promise<MoveState | undefined> {
  const found = await execute(client, { text: "SELECT to_regclass('sqlite_move') AS found" });
  if (found.rows[0]?.found === null) return undefined;
  const { rows } = await execute(client, {
    text: 'SELECT source, finished_at AS "finishedAt" FROM sqlite_move',
  });
  const row = rows[0] as { source: string; finishedAt: Date | null } | undefined;
  return row && { source: row.source, finishedAt: row.finishedAt ?? undefined };
}

/**
 * A half-moved database must not be used: what is changed there is lost, or in the way of the rest.
 *
 * @throws StoreStartError `unusable`
 */
export async function refuseHalfMoved(client: pg.ClientBase): Promise<void> {
  const move = await readMove(client);
  if (move === undefined || move.finishedAt !== undefined) return;
  throw new StoreStartError(
    "unusable",
    "the move of a SQLite database to this one is not finished: let targetd migrate " +
      "sqlite-to-postgres end, or start it again if it was cut off",
  );
}
