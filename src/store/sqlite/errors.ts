/** SQLite's errors as store errors, by result code (sqlite.org/rescode.html). */
import Database from "better-sqlite3";
import { SealError } from "../seal.ts";
import { StoreError } from "../store.ts";

/** Primary codes of conditions that may pass: a lock, a full disk, no memory, a failing disk. */
const passing: ReadonlySet<string> = new Set([
  "SQLITE_BUSY",
  "SQLITE_LOCKED",
  "SQLITE_NOMEM",
  "SQLITE_READONLY",
  "SQLITE_INTERRUPT",
  "SQLITE_IOERR",
  "SQLITE_FULL",
  "SQLITE_CANTOPEN",
  "SQLITE_PROTOCOL",
]);

/** Tells whether an error is SQLite's and has this code, or an extended form of it. */
export function isSqliteError(error: unknown, code: string): boolean {
  if (!(error instanceof Database.SqliteError)) return false;
  return error.code === code || error.code.startsWith(`${code}_`);
}

/** Makes what SQLite and the sealing threw a StoreError; anything else stays as it is. */
export function toStoreError(error: unknown): unknown {
  if (error instanceof SealError) {
    return new StoreError("broken", "a stored secret cannot be read", { cause: error });
  }
  if (!(error instanceof Database.SqliteError)) return error;
  const primary = error.code.split("_", 2).join("_");
  return passing.has(primary)
    ? new StoreError("unavailable", "the database cannot be used right now", { cause: error })
    : new StoreError("broken", "the database refused a statement", { cause: error });
}

/** The error of calls that come after close(). */
export function closedError(): StoreError {
  return new StoreError("unavailable", "the store is closed");
}
