import type pg from "pg";
import type { Micros } from "../../domain/units.ts";
import { createDataKey, openDataKey, type StoredDataKey } from "../data-key.ts";
import { StoreStartError } from "../start-error.ts";
import { execute } from "./session.ts";

/** Makes the data key of a new database, and the default instance, which is as old. */
export async function insertDataKey(
  client: pg.ClientBase,
  masterKey: Uint8Array,
  at: Micros,
): Promise<void> {
  const { wrappedKey, checkValue } = createDataKey(masterKey);
  await execute(client, {
    text: "INSERT INTO data_keys (id, wrapped_key, check_value, created_at) VALUES (1, $1, $2, $3)",
    values: [wrappedKey, checkValue, at],
  });
  await execute(client, {
    text: "INSERT INTO instances (id, name, created_at) VALUES ('default', 'Default', $1)",
    values: [at],
  });
}

/**
 * Opens the data key of an existing database; a lost one is never replaced.
 *
 * @throws StoreStartError `master-key-wrong`, `unusable`
 */
export async function readDataKey(client: pg.ClientBase, masterKey: Uint8Array): Promise<Buffer> {
  const { rows } = await execute(client, {
    text: `SELECT wrapped_key AS "wrappedKey", check_value AS "checkValue" FROM data_keys`,
  });
  const stored = rows[0] as StoredDataKey | undefined;
  if (stored === undefined) {
    throw new StoreStartError("unusable", "the database has lost its data key; restore a backup");
  }
  return openDataKey(masterKey, stored);
}
