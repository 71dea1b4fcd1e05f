/** The SQLite database that is moved; it is held, and stays as it is. */
import { createHash } from "node:crypto";
import type Database from "better-sqlite3";
import { requireDatabase } from "../data-dir.ts";
import { createSealer, type Sealer } from "../seal.ts";
import { connect } from "../sqlite/connection.ts";
import { readDataKey } from "../sqlite/data-keys.ts";
import { toStartError } from "../sqlite/errors.ts";
import { checkSchemaVersion, loadMigrations, schemaVersion } from "../sqlite/migrate.ts";
import { StoreStartError } from "../start-error.ts";
import type { MovedTable } from "./tables.ts";
import { type Canonical, type Column, fromSqlite, type SqliteValue } from "./values.ts";

export interface Source {
  /** Tells this database from others. */
  readonly id: string;
  /** Opens its secrets. */
  readonly sealer: Sealer;
  count(table: MovedTable): number;
  /**
   * Its rows in an order that stays the same.
   *
   * @param key names of columns that tell rows apart, for tables without an order of their own
   * @param skip how many rows to leave out at the beginning
   */
  rows(
    table: MovedTable,
    columns: readonly Column[],
    key: readonly string[],
    skip: number,
  ): Iterable<readonly Canonical[]>;
  close(): void;
}

/**
 * Opens a database that no server uses.
 *
 * @throws StoreStartError
 */
export function openSource(file: string, masterKey: Uint8Array): Source {
  requireDatabase(file);
  let db: Database.Database | undefined;
  try {
    db = connect(file);
    db.pragma("query_only = ON");
    requireNewest(db);
    const sealer = createSealer(readDataKey(db, masterKey));
    return sourceOf(db, sealer);
  } catch (error) {
    db?.close();
    throw toStartError(error, file);
  }
}

function requireNewest(db: Database.Database): void {
  const migrations = loadMigrations();
  const version = schemaVersion(db);
  checkSchemaVersion(version, migrations);
  if (version === migrations.length) return;
  throw new StoreStartError(
    "unusable",
    `the database has schema version ${version}, not ${migrations.length}: start this targetd with ` +
      "it once, which brings it up to date, and stop it again",
  );
}

function sourceOf(db: Database.Database, sealer: Sealer): Source {
  const check = db.prepare<[], Buffer>("SELECT check_value FROM data_keys").pluck().get();
  return {
    id: createHash("sha256")
      .update(check ?? "")
      .digest("hex"),
    sealer,
    count: (table) =>
      db
        .prepare<[], number>(`SELECT count(*) FROM ${from(table)}`)
        .pluck()
        .get() ?? 0,
    *rows(table, columns, key, skip) {
      const names = columns.map(({ name }) => name).join(", ");
      const statement = db
        .prepare<[number], SqliteValue[]>(
          `SELECT ${names} FROM ${from(table)} ORDER BY ${table.order ?? key.join(", ")} LIMIT -1 OFFSET ?`,
        )
        .raw()
        .safeIntegers();
      for (const row of statement.iterate(skip) as Iterable<SqliteValue[]>) {
        yield columns.map((column, index) => fromSqlite(row[index] ?? null, column));
      }
    },
    close: () => db.close(),
  };
}

const from = ({ name, rows }: MovedTable) => (rows === undefined ? name : `(${rows}) AS ${name}`);
