import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { StoreStartError } from "../start-error.ts";

/**
 * Opens a database file for this process alone, made if it does not exist. The exclusive lock is
 * taken by the switch to WAL and ends with the process, however that ends.
 *
 * @throws StoreStartError `unusable`
 * @throws SqliteError SQLITE_BUSY when another connection holds it, SQLITE_READONLY when it cannot be
 *   written
 */
export function connect(file: string): Database.Database {
  prepareFile(file);
  const db = new Database(file, { timeout: 0 });
  try {
    db.pragma("locking_mode = EXCLUSIVE");
    const mode = db.pragma("journal_mode = WAL", { simple: true });
    if (mode !== "wal") throw new StoreStartError("unusable", "the file system does not allow WAL");
    // With NORMAL, WAL commits are not synced; a commit must be durable when it returns.
    db.pragma("synchronous = FULL");
    db.pragma("foreign_keys = ON");
    // Pages, 16 MiB: between two checkpoints those that all writers change are written only once.
    db.pragma("wal_autocheckpoint = 4000");
    proveWritable(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** SQLite opens a file that it may not write for reading alone, and says so at the first write. */
function proveWritable(db: Database.Database): void {
  const version = Number(db.pragma("user_version", { simple: true }));
  db.exec(`BEGIN IMMEDIATE; PRAGMA user_version = ${version}; ROLLBACK`);
}

/**
 * Makes the file private before SQLite writes to it; the WAL file inherits its mode. An existing
 * file is never opened here: closing it would drop the locks that this process may hold on it.
 */
function prepareFile(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  if (existsSync(file)) chmodSync(file, 0o600);
  else closeSync(openSync(file, "wx", 0o600));
}
