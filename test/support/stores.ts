/**
 * Where servers of tests keep everything: in SQLite, or with TARGETD_TEST_STORE=postgres in a database for each
 * data directory, on the server that postgres-setup.ts starts. Without anything of the test runner.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Micros } from "../../src/domain/units.ts";
import { databaseFile } from "../../src/store/data-dir.ts";
import { loadOrCreateMasterKey } from "../../src/store/master-key.ts";
import { openPostgresStore } from "../../src/store/postgres/open.ts";
import { openSqliteStore } from "../../src/store/sqlite/open.ts";
import type { Store } from "../../src/store/store.ts";
import { bytesOf, createNamedDatabase, dropDatabase } from "./postgres.ts";

/** Seals the secrets of all databases of tests. */
export const testMasterKey: Buffer = Buffer.alloc(32, "test key");

/** The variables by which the test runner tells its tests where PostgreSQL is. */
export const serverVariable = "TARGETD_TEST_POSTGRES_URL";
export const directoryVariable = "TARGETD_TEST_POSTGRES_DIRECTORY";
export const templateVariable = "TARGETD_TEST_POSTGRES_TEMPLATE";

/** Whether the servers of tests share a database, which others may use as well. */
export const onPostgres = (): boolean => process.env.TARGETD_TEST_STORE === "postgres";

type Env = Readonly<Record<string, string>>;

const made = new Set<string>();

const nameOf = (dataDir: string) =>
  `test_${createHash("sha256").update(dataDir).digest("hex").slice(0, 24)}`;

function required(variable: string): string {
  const value = process.env[variable];
  if (value === undefined) throw new Error(`${variable} is not set`);
  return value;
}

/** The URL of the database that stands for a data directory. */
export function databaseOf(dataDir: string): string {
  const url = new URL(required(serverVariable));
  url.pathname = `/${nameOf(dataDir)}`;
  return url.href;
}

const settingsOf = (dataDir: string): Env => ({
  TARGETD_STORE: databaseOf(dataDir),
  TARGETD_MASTER_KEY: testMasterKey.toString("base64"),
});

/** The settings of a server with a data directory; makes its database if there is none. */
export async function storeEnv(dataDir: string): Promise<Env> {
  if (!onPostgres()) return {};
  const name = nameOf(dataDir);
  if (!made.has(name)) {
    await createNamedDatabase(required(serverVariable), name, required(templateVariable));
    made.add(name);
  }
  return settingsOf(dataDir);
}

/** The same, for whoever cannot wait. */
export function storeEnvNow(dataDir: string): Env {
  if (!onPostgres()) return {};
  const name = nameOf(dataDir);
  if (!made.has(name)) {
    const script = join(import.meta.dirname, "create-database.ts");
    const args = [script, required(serverVariable), name, required(templateVariable)];
    execFileSync(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
    made.add(name);
  }
  return settingsOf(dataDir);
}

/** Opens the store of a data directory that no server uses. */
export async function openTestStore(dataDir: string, now: () => Micros): Promise<Store> {
  if (onPostgres()) {
    await storeEnv(dataDir);
    const url = databaseOf(dataDir);
    // Tests may fill it with thousands of writes at once.
    const limits = { connectTimeout: 60_000 };
    return openPostgresStore({ url, masterKey: testMasterKey, now, limits });
  }
  const file = databaseFile(dataDir);
  const masterKey = loadOrCreateMasterKey({ dataDir, databaseExists: false });
  return openSqliteStore({ file, masterKey, now });
}

/** All that the store of a data directory has on the disk. */
export async function storedBytes(dataDir: string): Promise<Buffer> {
  if (onPostgres()) {
    const directory = process.env[directoryVariable];
    return bytesOf({ url: required(serverVariable), directory }, databaseOf(dataDir));
  }
  const files = readdirSync(dataDir).filter((name) => name.startsWith("targetd.db"));
  return Buffer.concat(files.map((name) => readFileSync(join(dataDir, name))));
}

/** Deletes the database that stands for a data directory, if there is one. */
export async function dropStore(dataDir: string): Promise<void> {
  if (!made.delete(nameOf(dataDir))) return;
  await dropDatabase(required(serverVariable), databaseOf(dataDir));
}
