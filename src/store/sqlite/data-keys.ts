import type Database from "better-sqlite3";
import type { Micros } from "../../domain/units.ts";
import { createDataKey, openDataKey, type StoredDataKey, wrapDataKey } from "../data-key.ts";
import { StoreStartError } from "../start-error.ts";

/** Makes the data key of a new database. */
export function insertDataKey(db: Database.Database, masterKey: Uint8Array, at: Micros): void {
  const { wrappedKey, checkValue } = createDataKey(masterKey);
  db.prepare<[Uint8Array, Uint8Array, number]>(
    "INSERT INTO data_keys (id, wrapped_key, check_value, created_at) VALUES (1, ?, ?, ?)",
  ).run(wrappedKey, checkValue, at);
}

/**
 * Opens the data key of an existing database; a lost one is never replaced.
 *
 * @throws StoreStartError `master-key-wrong`, `unusable`
 */
export function readDataKey(db: Database.Database, masterKey: Uint8Array): Buffer {
  const stored = db
    .prepare<[], StoredDataKey>(
      "SELECT wrapped_key AS wrappedKey, check_value AS checkValue FROM data_keys WHERE id = 1",
    )
    .get();
  if (stored === undefined) {
    throw new StoreStartError("unusable", "the database has lost its data key; restore a backup");
  }
  return openDataKey(masterKey, stored);
}

/**
 * Wraps the data key by another master key, in one transaction; no other row is touched. The check
 * value proves the old key before and the new one after.
 *
 * @throws StoreStartError `master-key-wrong`, `unusable`; then nothing has changed
 */
export function rewrapDataKey(db: Database.Database, oldKey: Uint8Array, newKey: Uint8Array): void {
  const update = db.prepare<[Uint8Array]>("UPDATE data_keys SET wrapped_key = ? WHERE id = 1");
  const rewrap = db.transaction(() => {
    update.run(wrapDataKey(newKey, readDataKey(db, oldKey)));
    readDataKey(db, newKey);
  });
  // The old wrapping must not stay in free parts of the file.
  db.pragma("secure_delete = ON");
  rewrap.immediate();
}
