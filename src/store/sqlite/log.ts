/**
 * The write-ahead log after a failed write or fsync. What of the failed transaction is on the disk
 * is then unknown: the log may hold it whole, so that a crash would bring back what was rejected;
 * and the kernel may have dropped pages that it could not write and call them clean, so that the next
 * fsync succeeds without them (wiki.postgresql.org/wiki/Fsync_Errors). Commits that follow such pages
 * in the log would be lost together with them.
 */
import type Database from "better-sqlite3";
import { StoreError } from "../store.ts";
import { isSqliteError } from "./errors.ts";

/** What a database that commits knows about its log. */
export interface LogWatch {
  /** False from an I/O error of a transaction or a checkpoint on until the log has been settled. */
  readonly sound: boolean;
  /** Takes note of what ended a transaction. */
  failed(error: unknown): void;
  /** To be called after each commit: SQLite keeps errors of its automatic checkpoints to itself. */
  committed(): void;
  /**
   * Settles a log that is not sound; to be called before every transaction.
   *
   * @throws SqliteError while the disk fails; StoreError `unavailable` while somebody reads
   */
  ensureSound(): void;
}

interface LogState {
  readonly log: number;
  readonly checkpointed: number;
}
const nothing: LogState = { log: 0, checkpointed: 0 };

export function watchLog(db: Database.Database): LogWatch {
  // Pages in the log, and how many of them are in the database as well; changes neither.
  const state = db.prepare<[], LogState>("PRAGMA wal_checkpoint(NOOP)");
  const checkpointEvery = Number(db.pragma("wal_autocheckpoint", { simple: true }));
  let sound = true;
  return {
    get sound() {
      return sound;
    },
    failed(error) {
      if (isSqliteError(error, "SQLITE_IOERR")) sound = false;
    },
    committed() {
      const { log, checkpointed } = state.get() ?? nothing;
      if (log >= checkpointEvery && checkpointed < log) sound = false;
    },
    ensureSound() {
      if (sound) return;
      settleLog(db);
      sound = true;
    },
  };
}

/**
 * Writes everything that is committed into the database and syncs it, cuts the log to nothing, and
 * proves by a commit that the disk takes writes: what comes after depends on no older page of the log.
 *
 * @throws SqliteError when the disk fails; StoreError `unavailable` while somebody reads
 */
export function settleLog(db: Database.Database): void {
  if (db.pragma("wal_checkpoint(TRUNCATE)", { simple: true }) !== 0) {
    throw new StoreError("unavailable", "the log is in use");
  }
  db.transaction(() => touch(db)).immediate();
}

/** Writes a page as it is, so that the transaction has something to commit. */
export function touch(db: Database.Database): void {
  const version = Number(db.pragma("user_version", { simple: true }));
  db.pragma(`user_version = ${version}`);
}
