/** SQLite's errors as store errors, by result code (sqlite.org/rescode.html). */
import Database from "better-sqlite3";
import { SealError } from "../seal.ts";
import { StoreStartError } from "../start-error.ts";
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
  return passing.has(primaryCode(error))
    ? new StoreError("unavailable", "the database cannot be used right now", { cause: error })
    : new StoreError("broken", "the database refused a statement", { cause: error });
}

/** The error of calls that come after close(). */
export function closedError(): StoreError {
  return new StoreError("unavailable", "the store is closed");
}

/** What an operator can do when a database does not open, by primary code. */
const advice: ReadonlyMap<string, string> = new Map([
  ["SQLITE_CORRUPT", "it is damaged; restore a backup"],
  ["SQLITE_NOTADB", "it is no SQLite database, or its beginning is damaged; restore a backup"],
  ["SQLITE_READONLY", "it cannot be written; check its permissions and the file system"],
  ["SQLITE_CANTOPEN", "check the permissions of the data directory and of the files in it"],
  ["SQLITE_FULL", "the disk is full; make room"],
  ["SQLITE_IOERR", "the disk reports an error; check it and the room left on it"],
]);

/**
 * Makes what SQLite and the file system threw while a database was opened a StoreStartError;
 * anything else stays as it is.
 */
export function toStartError(error: unknown, file: string): unknown {
  if (isSqliteError(error, "SQLITE_BUSY")) {
    const message = `the data directory is in use by another targetd (${file} is locked)`;
    return new StoreStartError("in-use", message, { cause: error });
  }
  if (error instanceof Database.SqliteError) {
    const hint = advice.get(primaryCode(error)) ?? "it is none of targetd's databases";
    const message = `${file} cannot be opened as targetd's database: ${hint} (${error.code})`;
    return new StoreStartError("unusable", message, { cause: error });
  }
  if (isSystemError(error)) {
    const hint = "check the data directory and its permissions";
    const message = `${file} cannot be opened: ${hint} (${error.code})`;
    return new StoreStartError("unusable", message, { cause: error });
  }
  return error;
}

function primaryCode({ code }: { readonly code: string }): string {
  return code.split("_", 2).join("_");
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error && "code" in error;
}
