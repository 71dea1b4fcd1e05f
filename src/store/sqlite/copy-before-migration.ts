/**
 * A copy of the database as it is before its schema changes, so that an operator can go back to the
 * version of targetd that wrote it: a newer schema is refused by an older version.
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import type Database from "better-sqlite3";
import { syncDirectory } from "../key-file.ts";

/** Where the copy of a database with this schema version is kept. */
export function copyName(file: string, version: number): string {
  return `${file}.version-${version}`;
}

/**
 * Copies a database, durably and readable by its owner only. A copy of the same version that is there
 * already is replaced: it is from a start that got no further.
 *
 * @param version the schema version of the database
 * @returns the path of the copy
 * @throws SqliteError or a system error; then there is no new copy, and the database is as it was
 */
export function copyBeforeMigration(db: Database.Database, file: string, version: number): string {
  const copy = copyName(file, version);
  const draft = `${copy}.draft`;
  rmSync(draft, { force: true });
  // SQLite writes into an empty file, whose mode is ours.
  const descriptor = openSync(draft, "wx", 0o600);
  try {
    db.prepare("VACUUM INTO ?").run(draft);
    fsyncSync(descriptor);
    renameSync(draft, copy);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
  syncDirectory(dirname(file));
  return copy;
}
