/** Databases of PostgreSQL for tests, without anything of the test runner. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import pg from "pg";
import type { ServerOptions } from "./postgres-options.ts";

/** A server on which databases can be made. */
export interface PostgresServer {
  /** Of a database that is there from the first. */
  readonly url: string;
  /** Where it keeps its files; undefined when that is on another machine. */
  readonly directory: string | undefined;
  /** Ends it and deletes its data. */
  stop(): Promise<void>;
}

/** A server of the test's own, which can be away for a while. */
export interface OwnPostgresServer extends PostgresServer {
  readonly directory: string;
  /** Ends it, as its operator would. Its data stay. */
  halt(): Promise<void>;
  /** Starts it again. */
  resume(): Promise<void>;
  /** Stops all its processes where they are: nothing is answered, and nothing closed. */
  freeze(): Promise<void>;
  /** Lets them go on. */
  thaw(): Promise<void>;
  /** Kills all its processes at once. */
  kill(): Promise<void>;
}

/**
 * Starts a server on a free port of 127.0.0.1, or takes the one of TARGETD_TEST_POSTGRES_URL, whose user may
 * make databases. It ends with this process, however that ends.
 */
export async function startPostgres(): Promise<PostgresServer> {
  const given = process.env.TARGETD_TEST_POSTGRES_URL;
  if (given === undefined) return startOwnPostgres();
  const directory = process.env.TARGETD_TEST_POSTGRES_DIRECTORY;
  return { url: given, directory, stop: async () => undefined };
}

/** Starts a server. */
export async function startOwnPostgres(options: ServerOptions = {}): Promise<OwnPostgresServer> {
  const script = join(import.meta.dirname, "postgres-server.ts");
  const child = spawn(process.execPath, [script, JSON.stringify(options)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const lines = createInterface(child.stdout);
  const nextLine = async (): Promise<string> => {
    const [line] = (await Promise.race([once(lines, "line"), exited])) as [unknown];
    if (typeof line !== "string") throw new Error("PostgreSQL has ended");
    return line;
  };
  const tell = async (command: string): Promise<void> => {
    child.stdin.write(`${command}\n`);
    await nextLine();
  };
  const { url, directory } = JSON.parse(await nextLine()) as { url: string; directory: string };
  return {
    ...{ url, directory },
    halt: () => tell("stop"),
    resume: () => tell("start"),
    freeze: () => tell("pause"),
    thaw: () => tell("continue"),
    kill: () => tell("kill"),
    async stop() {
      child.stdin.end();
      await exited;
    },
  };
}

let databases = 0;

/** Makes a database, empty or the copy of one that nobody is connected to; returns its URL. */
export async function createDatabase(server: string, template = "template0"): Promise<string> {
  databases += 1;
  return createNamedDatabase(server, `test_${process.pid}_${databases}`, template);
}

/** The same, with a name; returns its URL. */
export async function createNamedDatabase(
  server: string,
  name: string,
  template: string,
): Promise<string> {
  await onServer(server, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

export const databaseName = (url: string): string => new URL(url).pathname.slice(1);

/** Deletes a database, whoever is connected to it. */
export async function dropDatabase(server: string, url: string): Promise<void> {
  await onServer(server, `DROP DATABASE IF EXISTS ${databaseName(url)} WITH (FORCE)`);
}

/**
 * Deletes what is in a database, but its tables and the data key, as after the first start. Faster than a new
 * database, or cutting off each table.
 */
export async function emptyDatabase(url: string): Promise<void> {
  const rows = await onServer(url, deletionsSql);
  const [{ deletions }] = rows as [{ deletions: string }];
  await onServer(
    url,
    `${deletions};
     INSERT INTO instances (id, name, created_at) VALUES ('default', 'Default', 1)`,
  );
}

/** Each table before those that its rows refer to. */
const deletionsSql = `WITH RECURSIVE level (id, level) AS (
    SELECT oid, 0 FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
      AND relname NOT IN ('schema_version', 'data_keys')
    UNION ALL
    SELECT conrelid, level + 1 FROM pg_constraint JOIN level ON confrelid = level.id
    WHERE contype = 'f'
  ), tables AS (SELECT id, max(level) AS level FROM level GROUP BY id)
  SELECT string_agg('DELETE FROM ' || id::regclass, '; ' ORDER BY level DESC) AS deletions
  FROM tables`;

/** Runs a statement on a connection of its own. */
export async function onServer(url: string, sql: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const results: pg.QueryResult | pg.QueryResult[] = await client.query(sql);
    // Of several statements, the rows of the last.
    const [result] = [results].flat().slice(-1);
    return result?.rows ?? [];
  } finally {
    await client.end();
  }
}

/** All that a server has on its disk; of one on another machine, all values of the database. */
export async function bytesOf(
  { directory, url: server }: Pick<PostgresServer, "url" | "directory">,
  url: string,
): Promise<Buffer> {
  if (directory === undefined) return valuesOf(url);
  await onServer(server, "CHECKPOINT");
  const [row] = (await onServer(
    url,
    "SELECT oid FROM pg_database WHERE datname = current_database()",
  )) as [{ oid: number }];
  const folders = [join(directory, "base", String(row.oid)), join(directory, "pg_wal")];
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(folder, entry.name))),
  );
  return Buffer.concat(files);
}

async function valuesOf(url: string): Promise<Buffer> {
  const tables = (await onServer(
    url,
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'",
  )) as { name: string }[];
  const values: Buffer[] = [];
  for (const { name } of tables) {
    const rows = (await onServer(url, `SELECT * FROM ${name}`)) as Record<string, unknown>[];
    for (const value of rows.flatMap(Object.values)) {
      values.push(Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value) ?? ""));
    }
  }
  return Buffer.concat(values);
}
