/** What is in a file that claims to be a copy of targetd's database. */
import Database from "better-sqlite3";
import type { StoredDataKey } from "../data-key.ts";
import { toStartError } from "../sqlite/errors.ts";
import { checkSchemaVersion, loadMigrations, schemaVersion } from "../sqlite/migrate.ts";
import { StoreStartError } from "../start-error.ts";

/** What was found in a copy that is sound. */
export interface Contents {
  readonly schemaVersion: number;
  /** Rows of each table. */
  readonly tables: Readonly<Record<string, number>>;
  readonly dataKey: StoredDataKey;
}

/**
 * Brings what a log beside the file holds into it, so that the file alone is the whole copy. Nobody else
 * may have it open.
 *
 * @throws StoreStartError
 */
export function settleCopy(file: string): void {
  onCopy(file, {}, (db) => {
    db.pragma("locking_mode = EXCLUSIVE");
    db.pragma("journal_mode = DELETE");
  });
}

/**
 * Reads all of a copy that {@link settleCopy} has seen.
 *
 * @throws StoreStartError `unusable` when it is damaged or none of targetd's, `schema-newer`
 */
export function inspectCopy(file: string): Contents {
  return onCopy(file, { readonly: true }, (db) => {
    const version = schemaVersion(db);
    if (version === 0 || !tableNames(db).includes("data_keys")) throw notOurs(file);
    checkSchemaVersion(version, loadMigrations());
    requireSound(db, file);
    const dataKey = db
      .prepare<[], StoredDataKey>(
        "SELECT wrapped_key AS wrappedKey, check_value AS checkValue FROM data_keys",
      )
      .get();
    if (dataKey === undefined) throw notOurs(file);
    return { schemaVersion: version, tables: countRows(db), dataKey };
  });
}

/** Runs `work` with a database that is no server's. */
export function onCopy<T>(
  file: string,
  options: Database.Options,
  work: (db: Database.Database) => T,
): T {
  try {
    const db = new Database(file, { ...options, fileMustExist: true, timeout: 0 });
    try {
      return work(db);
    } finally {
      db.close();
    }
  } catch (error) {
    throw toStartError(error, file);
  }
}

function requireSound(db: Database.Database, file: string): void {
  const found = db.pragma("integrity_check(1)", { simple: true });
  if (found !== "ok") throw damaged(file, String(found));
  const orphans = db.pragma("foreign_key_check") as readonly unknown[];
  if (orphans.length > 0) throw damaged(file, `${orphans.length} rows refer to none`);
}

function countRows(db: Database.Database): Record<string, number> {
  // A name of the schema itself, quoted as SQLite quotes names.
  const count = (name: string) =>
    db
      .prepare<[], number>(`SELECT count(*) FROM "${name.replaceAll('"', '""')}"`)
      .pluck()
      .get();
  return Object.fromEntries(tableNames(db).map((name) => [name, count(name) ?? 0]));
}

function tableNames(db: Database.Database): readonly string[] {
  return db
    .prepare<[], string>(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
       ORDER BY name`,
    )
    .pluck()
    .all();
}

function notOurs(file: string): StoreStartError {
  return new StoreStartError("unusable", `${file} is no database of targetd`);
}

function damaged(file: string, what: string): StoreStartError {
  return new StoreStartError("unusable", `${file} is damaged: ${what}`);
}
