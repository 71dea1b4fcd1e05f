/**
 * Brings a database to the newest schema. Forward only.
 *
 * While replicas are replaced one by one, an older targetd and a newer one work side by side. So each version
 * of the schema says down to which one a targetd may know that still works with it (`compatible_from`): as
 * a rule the one before, as migrations first add what is new, and a later version takes away what is old.
 */
import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import { loadMigrations, type Migration } from "../migrations.ts";
import { StoreStartError } from "../start-error.ts";
import { buildIndex, isIndexMigration } from "./index-migration.ts";
import { execute } from "./session.ts";

const directory = new URL("./migrations/", import.meta.url);

/** The lock that replicas starting together wait for: "targetd" in ASCII. */
const lockNumber = String(0x74617267657464n);

export interface SchemaVersion {
  readonly version: number;
  /** The least version that a targetd must know to work with this database. */
  readonly compatibleFrom: number;
}

/** Versions with which no older targetd can go on; with every other one that of the version before can. */
const breaking: ReadonlySet<number> = new Set([1, 2, 3]);

export const loadPostgresMigrations = (): readonly Migration[] => loadMigrations(directory);

/** Milliseconds between two looks whether another process is done. */
const lookAgainAfter = 100;

/**
 * Applies what is missing, alone. What follows one another without a step that builds an index beside
 * others' work (index-migration.ts) is one transaction.
 *
 * @param fill runs in the transaction that makes the tables
 * @throws StoreStartError `schema-newer`
 */
export async function migrate(
  client: pg.ClientBase,
  migrations: readonly Migration[],
  fill: () => Promise<void>,
): Promise<void> {
  checkVersion(await readVersion(client), migrations.length);
  // What a migration does may take longer than calls may.
  await execute(client, { text: "SET lock_timeout = 0; SET statement_timeout = 0" });
  await lock(client);
  try {
    const current = await readVersion(client);
    checkVersion(current, migrations.length);
    let plain: Migration[] = [];
    for (const migration of migrations.slice(current.version)) {
      if (!isIndexMigration(migration)) {
        plain.push(migration);
        continue;
      }
      await applyTogether(client, plain, fill);
      plain = [];
      await buildIndex(client, migration);
      await writeVersion(client, migration.version);
    }
    await applyTogether(client, plain, fill);
  } finally {
    const text = "SELECT pg_advisory_unlock($1)";
    await execute(client, { text, values: [lockNumber] }).catch(() => undefined);
  }
}

/**
 * Takes the lock, which ends with the connection, and so with the process. Whoever waits inside of a statement
 * would be waited for by the building of an index in turn.
 */
async function lock(client: pg.ClientBase): Promise<void> {
  const text = "SELECT pg_try_advisory_lock($1) AS locked";
  for (;;) {
    const { rows } = await execute(client, { text, values: [lockNumber] });
    if (rows[0]?.locked === true) return;
    await delay(lookAgainAfter);
  }
}

async function applyTogether(
  client: pg.ClientBase,
  migrations: readonly Migration[],
  fill: () => Promise<void>,
): Promise<void> {
  if (migrations.length === 0) return;
  await execute(client, { text: "BEGIN" });
  try {
    for (const { version, sql } of migrations) {
      await execute(client, { text: sql });
      if (version === 1) await fill();
      await writeVersion(client, version);
    }
    await execute(client, { text: "COMMIT" });
  } catch (error) {
    await execute(client, { text: "ROLLBACK" }).catch(() => undefined);
    throw error;
  }
}

/** Version 0 when the database is new. */
export async function readVersion(client: pg.ClientBase): Promise<SchemaVersion> {
  const none = { version: 0, compatibleFrom: 0 };
  const table = await execute(client, { text: "SELECT to_regclass('schema_version') AS found" });
  if (table.rows[0]?.found === null) return none;
  const { rows } = await execute(client, {
    text: 'SELECT version, compatible_from AS "compatibleFrom" FROM schema_version',
  });
  return (rows[0] as SchemaVersion | undefined) ?? none;
}

/**
 * Reads the version of a database that a targetd is to work with as it is.
 *
 * @param known the latest version that it knows
 * @throws StoreStartError `schema-newer`
 */
export async function readUsableVersion(
  client: pg.ClientBase,
  known: number,
): Promise<SchemaVersion> {
  const version = await readVersion(client);
  checkVersion(version, known);
  return version;
}

function checkVersion({ version, compatibleFrom }: SchemaVersion, known: number): void {
  if (known >= compatibleFrom) return;
  throw new StoreStartError(
    "schema-newer",
    `the database has schema version ${version} and needs a targetd that knows version ` +
      `${compatibleFrom}; this one knows up to ${known}: start the newer targetd`,
  );
}

async function writeVersion(client: pg.ClientBase, version: number): Promise<void> {
  const compatibleFrom = breaking.has(version) ? version : version - 1;
  await execute(client, {
    text: `CREATE TABLE IF NOT EXISTS schema_version (
      single boolean PRIMARY KEY DEFAULT true CHECK (single),
      version integer NOT NULL,
      compatible_from integer NOT NULL
    )`,
  });
  await execute(client, {
    text: `INSERT INTO schema_version (version, compatible_from) VALUES ($1, $2)
      ON CONFLICT (single) DO UPDATE SET version = excluded.version,
        compatible_from = greatest(schema_version.compatible_from, excluded.compatible_from)`,
    values: [version, compatibleFrom],
  });
}
