import type Database from "better-sqlite3";
import { requireDatabase } from "../data-dir.ts";
import type { CopyOptions } from "../database-copy.ts";
import { connect } from "./connection.ts";
import { copyInto } from "./copies.ts";
import { readDataKey, replaceDataKey, rewrapDataKey } from "./data-keys.ts";
import { toStartError } from "./errors.ts";
import { checkSchemaVersion, loadMigrations, schemaVersion } from "./migrate.ts";
import type { OnReseal, Resealed } from "./reseal.ts";

/** A database that nobody else can open meanwhile. */
export interface HeldDatabase {
  /**
   * Makes sure that a master key opens the database.
   *
   * @throws StoreStartError `master-key-wrong`
   */
  prove(masterKey: Uint8Array): void;
  /**
   * Wraps the data key by another master key; durable when it returns.
   *
   * @throws StoreStartError `master-key-wrong`; then nothing has changed
   */
  rewrap(oldKey: Uint8Array, newKey: Uint8Array): void;
  /**
   * Makes a new data key, wrapped by another master key, and seals every stored secret anew under it;
   * durable when it returns.
   *
   * @param onProgress told after every value
   * @throws StoreStartError `master-key-wrong`; then nothing has changed
   */
  reseal(oldKey: Uint8Array, newKey: Uint8Array, onProgress?: OnReseal): Resealed;
}

/**
 * Runs `work` with an existing database that no server uses, and keeps servers from starting until
 * it returns. The schema stays as it is.
 *
 * @throws StoreStartError `in-use`, `schema-newer`, `unusable`; or what `work` throws
 */
export function holdDatabase<T>(file: string, work: (held: HeldDatabase) => T): T {
  const db = openHeld(file);
  try {
    return work({
      prove: (masterKey) => void readDataKey(db, masterKey),
      rewrap: (oldKey, newKey) => rewrapDataKey(db, oldKey, newKey),
      reseal: (...given) => replaceDataKey(db, ...given),
    });
  } catch (error) {
    throw toStartError(error, file);
  } finally {
    db.close();
  }
}

/**
 * Copies a database that no server uses into a new file.
 *
 * @throws StoreStartError `in-use`, `schema-newer`, `unusable`; then there is no new file
 */
export async function copyDatabase(
  file: string,
  copy: string,
  options: CopyOptions = {},
): Promise<void> {
  const db = openHeld(file);
  try {
    await copyInto(db, copy, options);
  } catch (error) {
    throw toStartError(error, file);
  } finally {
    db.close();
  }
}

/** @throws StoreStartError `in-use`, `schema-newer`, `unusable` */
function openHeld(file: string): Database.Database {
  requireDatabase(file);
  let db: Database.Database | undefined;
  try {
    db = connect(file);
    checkSchemaVersion(schemaVersion(db), loadMigrations());
    return db;
  } catch (error) {
    db?.close();
    throw toStartError(error, file);
  }
}
