/** Changing the master key of a database, also while processes work with it. */
import type pg from "pg";
import { openDataKey, opensDataKey, type StoredDataKey, wrapDataKey } from "../data-key.ts";
import { StoreStartError } from "../start-error.ts";
import { describeDsn, parseDsn } from "./dsn.ts";
import { toStartError } from "./errors.ts";
import { loadPostgresMigrations, readUsableVersion } from "./migrate.ts";
import { refuseHalfMoved } from "./moved.ts";
import { createPool, defaultLimits } from "./pool.ts";
import { execute } from "./session.ts";

export interface PostgresRotation {
  readonly url: string;
  /** 32 bytes. */
  readonly oldKey: Uint8Array;
  /** 32 bytes. */
  readonly newKey: Uint8Array;
}

/**
 * Wraps the data key by another master key, in one transaction. Processes that work with the database read
 * the data key at their start only, and it stays the same, so they go on; whoever starts from now on
 * needs the new master key. When the new key opens the database already, as after a rotation of whose end
 * nobody heard, nothing changes.
 *
 * @throws StoreStartError `master-key-wrong`, `schema-newer`, `unusable`
 */
export async function rotatePostgresKey(rotation: PostgresRotation): Promise<void> {
  const dsn = parseDsn(rotation.url);
  const pool = createPool(dsn, { ...defaultLimits, connections: 1 });
  try {
    const client = await pool.acquire();
    try {
      await rotateOn(client, rotation);
    } finally {
      // What a failed transaction holds ends with the connection.
      pool.release(client, new Error("done"));
    }
  } catch (error) {
    throw toStartError(error, describeDsn(dsn));
  } finally {
    await pool.end();
  }
}

async function rotateOn(
  client: pg.PoolClient,
  { oldKey, newKey }: PostgresRotation,
): Promise<void> {
  const { version } = await readUsableVersion(client, loadPostgresMigrations().length);
  if (version === 0) throw new StoreStartError("unusable", "no targetd has used this database yet");
  await refuseHalfMoved(client);
  await execute(client, { text: "BEGIN" });
  const { rows } = await execute(client, {
    text: `SELECT wrapped_key AS "wrappedKey", check_value AS "checkValue" FROM data_keys FOR UPDATE`,
  });
  const stored = rows[0] as StoredDataKey | undefined;
  if (stored === undefined) {
    throw new StoreStartError("unusable", "the database has lost its data key; restore a backup");
  }
  if (opensDataKey(newKey, stored)) return;
  const wrappedKey = wrapDataKey(newKey, openDataKey(oldKey, stored));
  openDataKey(newKey, { ...stored, wrappedKey });
  await execute(client, { text: "UPDATE data_keys SET wrapped_key = $1", values: [wrappedKey] });
  await execute(client, { text: "COMMIT" });
}
