import type Database from "better-sqlite3";
import type { Micros } from "../../domain/units.ts";
import { createDataKey, openDataKey, type StoredDataKey, wrapDataKey } from "../data-key.ts";
import { createSealer } from "../seal.ts";
import { StoreStartError } from "../start-error.ts";
import { settleLog } from "./log.ts";
import { countSealed, type OnReseal, type Resealed, reseal } from "./reseal.ts";

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
  const dataKey = readDataKey(db, oldKey);
  const update = db.prepare<[Uint8Array]>("UPDATE data_keys SET wrapped_key = ? WHERE id = 1");
  replaceForGood(db, () => {
    update.run(wrapDataKey(newKey, dataKey));
    readDataKey(db, newKey);
  });
}

/**
 * Makes a new data key, wrapped by another master key, and seals every stored secret anew under it, in
 * one transaction: whenever it is cut off, everything is as before or everything is done. Nothing that
 * was sealed under the old data key stays in the file. Takes time and room like a copy of the database.
 *
 * @throws StoreStartError `master-key-wrong`, `unusable`; then nothing has changed
 */
export function replaceDataKey(
  db: Database.Database,
  oldKey: Uint8Array,
  newKey: Uint8Array,
  onProgress?: OnReseal,
): Resealed {
  const from = createSealer(readDataKey(db, oldKey));
  const stored = createDataKey(newKey);
  const to = createSealer(openDataKey(newKey, stored));
  const update = db.prepare<[Uint8Array, Uint8Array]>(
    `UPDATE data_keys SET wrapped_key = ?, check_value = ?,
       created_at = CAST(unixepoch('subsec') * 1000000 AS INTEGER) WHERE id = 1`,
  );
  // Rows that were deleted or changed before may have left sealed values in free parts of the file.
  onProgress?.(0, countSealed(db));
  db.exec("VACUUM");
  return replaceForGood(db, () => {
    update.run(stored.wrappedKey, stored.checkValue);
    const outcome = reseal(db, from, to, onProgress);
    readDataKey(db, newKey);
    return outcome;
  });
}

/** Runs a transaction whose old values are gone from the files once the database is closed. */
function replaceForGood<T>(db: Database.Database, work: () => T): T {
  settleLog(db);
  db.pragma("secure_delete = ON");
  return db.transaction(work).immediate();
}
