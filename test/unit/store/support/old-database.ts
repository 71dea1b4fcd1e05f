/** Databases that older versions of the schema wrote, for the tests of the migrations after them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach } from "vitest";
import { loadMigrations, migrate } from "../../../../src/store/sqlite/migrate.ts";
import { openSqliteStore, type SqliteStoreOptions } from "../../../../src/store/sqlite/open.ts";
import type { Store } from "../../../../src/store/store.ts";
import { start } from "../../../conformance/store/fixtures.ts";
import { makeTempDir } from "../../../support/temp-dir.ts";

export interface OldDatabase {
  /** Works on the file as it is. */
  withDatabase(work: (db: Database.Database) => void): void;
  /** Opens the store, which brings the file up to date; by default with the key that it was made with. */
  open(masterKey?: Uint8Array): Promise<Store>;
  /** The same, and closes it after the work. */
  withStore(work: (store: Store) => Promise<void>): Promise<void>;
}

/**
 * Gives each test a database of its own.
 *
 * @param name of the fixture, which that version itself wrote; it must never be made again by a later one
 * @param version of its schema
 */
export function useOldDatabase(
  name: string,
  version: number,
  options: Pick<SqliteStoreOptions, "ownEvents"> = {},
): OldDatabase {
  const content = readFileSync(new URL(`../fixtures/${name}.sql`, import.meta.url), "utf8");
  let temp: ReturnType<typeof makeTempDir>;
  let file: string;

  function withDatabase(work: (db: Database.Database) => void): void {
    const db = new Database(file);
    db.pragma("foreign_keys = ON");
    work(db);
    db.close();
  }

  beforeEach(() => {
    temp = makeTempDir();
    file = join(temp.path, "targetd.db");
    withDatabase((db) => {
      migrate(db, loadMigrations().slice(0, version), () => undefined);
      db.exec(content);
    });
  });
  afterEach(() => temp.remove());

  const open = (masterKey: Uint8Array = Buffer.alloc(32, 1)) =>
    openSqliteStore({ file, masterKey, now: () => start, ...options });

  return {
    withDatabase,
    open,
    async withStore(work) {
      const store = await open();
      try {
        await work(store);
      } finally {
        await store.close();
      }
    },
  };
}
