/** Brings a database to the newest schema. Forward only; the version is SQLite's user_version. */
import type Database from "better-sqlite3";
import { loadMigrations as loadFrom, type Migration } from "../migrations.ts";
import { StoreStartError } from "../start-error.ts";

const directory = new URL("./migrations/", import.meta.url);

export const loadMigrations = (): readonly Migration[] => loadFrom(directory);

/** The schema version of a database; 0 when it is new. */
export function schemaVersion(db: Database.Database): number {
  return Number(db.pragma("user_version", { simple: true }));
}

/**
 * Checks that this version of targetd knows the schema.
 *
 * @throws StoreStartError `schema-newer`
 */
export function checkSchemaVersion(version: number, migrations: readonly Migration[]): void {
  if (version <= migrations.length) return;
  throw new StoreStartError(
    "schema-newer",
    `the database has schema version ${version}, this targetd knows up to ${migrations.length}; ` +
      "start the newer targetd that wrote it",
  );
}

/**
 * Applies what is missing, each migration in a transaction of its own.
 *
 * @param fill runs in the transaction of the first migration, with the tables already there
 */
export function migrate(
  db: Database.Database,
  migrations: readonly Migration[],
  fill: () => void,
): void {
  const apply = db.transaction(({ version, sql }: Migration) => {
    db.exec(sql);
    if (version === 1) fill();
    db.pragma(`user_version = ${version}`);
  });
  for (const migration of migrations.slice(schemaVersion(db))) apply.immediate(migration);
}
