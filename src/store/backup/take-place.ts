/** The place of a database in its data directory, held while another one takes it. */
import { existsSync, linkSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import type Database from "better-sqlite3";
import type { Micros } from "../../domain/units.ts";
import { noHardLinks, syncDirectory } from "../key-file.ts";
import { connect } from "../sqlite/connection.ts";
import { isSqliteError, toStartError } from "../sqlite/errors.ts";
import { StoreStartError } from "../start-error.ts";
import { placeNew } from "./place.ts";

export interface PlaceOptions {
  /** Whether a database that is there may be replaced. */
  readonly replace: boolean;
  readonly now: Micros;
}

/** Gives the place to a draft, and tells where the database that was there is kept. */
export type Place = (draft: string) => string | undefined;

/**
 * Runs `work` with the place of a database. A database that is there is held meanwhile: no server has it,
 * and none starts with it.
 *
 * @throws StoreStartError `in-use`; `unusable` when there is a database and it may not be replaced, or there
 *   was none and somebody has made one meanwhile
 */
export function takePlace<T>(file: string, options: PlaceOptions, work: (place: Place) => T): T {
  const isThere = existsSync(file);
  const isLogThere = existsSync(`${file}-wal`);
  if ((isThere || isLogThere) && !options.replace) throw taken(file);
  const held = isThere ? hold(file) : undefined;
  try {
    return work((draft) => {
      const kept = `${file}.replaced-${options.now}`;
      if (!isThere) {
        // A server that has started meanwhile has a log of its own, which nobody may take from it.
        if (existsSync(file)) throw taken(file);
        if (isLogThere) moveAside(`${file}-wal`, `${kept}-wal`);
        placeNew(draft, file);
        return undefined;
      }
      // A log beside the file would be taken for the new database's.
      if (held === undefined || !endLog(held)) {
        // Closed later, it would delete the log of whoever has opened the new one by then.
        held?.close();
        moveAside(`${file}-wal`, `${kept}-wal`);
      }
      rmSync(`${file}-shm`, { force: true });
      keep(file, kept);
      renameSync(draft, file);
      syncDirectory(dirname(file));
      return kept;
    });
  } finally {
    held?.close();
  }
}

/** @throws StoreStartError `in-use`, as whether a server runs is the more important thing to say */
function taken(file: string): StoreStartError {
  if (existsSync(file)) hold(file)?.close();
  return new StoreStartError("unusable", `there is a database already: ${file}`);
}

/**
 * Takes the lock of a database; undefined when it is so damaged that no server can have it open.
 *
 * @throws StoreStartError
 */
function hold(file: string): Database.Database | undefined {
  try {
    return connect(file);
  } catch (error) {
    if (isSqliteError(error, "SQLITE_NOTADB") || isSqliteError(error, "SQLITE_CORRUPT")) {
      return undefined;
    }
    throw toStartError(error, file);
  }
}

/** Brings the log into the database, which stays locked; false when the database is too damaged. */
function endLog(db: Database.Database): boolean {
  try {
    return db.pragma("journal_mode = DELETE", { simple: true }) === "delete";
  } catch (error) {
    if (isSqliteError(error, "SQLITE_NOTADB") || isSqliteError(error, "SQLITE_CORRUPT")) {
      return false;
    }
    throw error;
  }
}

function moveAside(file: string, aside: string): void {
  if (existsSync(file)) renameSync(file, aside);
}

/** Gives a file a second name, under which it stays when the first is given to another. */
function keep(file: string, kept: string): void {
  try {
    linkSync(file, kept);
  } catch (error) {
    if (!noHardLinks.includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    throw new StoreStartError(
      "unusable",
      `${file} cannot be kept, as the file system has no hard links: move it away first`,
      { cause: error },
    );
  }
}
