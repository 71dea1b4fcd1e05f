import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished } from "vitest";
import type { Micros } from "../../../src/domain/units.ts";
import { openPostgresStore } from "../../../src/store/postgres/open.ts";
import type { PoolLimits } from "../../../src/store/postgres/pool.ts";
import type { Store } from "../../../src/store/store.ts";
import {
  createDatabase,
  dropDatabase,
  emptyDatabase,
  onServer,
  type PostgresServer,
} from "../../support/postgres.ts";
import { usePostgres } from "../../support/use-postgres.ts";
import { start } from "./fixtures.ts";
import { eventsOfChange } from "./own-events.ts";

export const masterKey = Buffer.alloc(32, "test key");

/** Opens a database of the tests. */
export const openAt = (
  url: string,
  {
    key = masterKey,
    limits = {},
    at = start,
    // As the program has it.
    onWake = () => undefined,
  }: { key?: Uint8Array; limits?: Partial<PoolLimits>; at?: Micros; onWake?: () => void } = {},
): Promise<Store> =>
  openPostgresStore({
    ...{ url, masterKey: key, onWake },
    // On a busy machine the one that fails would be the slow one.
    limits: {
      ...{ connectTimeout: 60_000, statementTimeout: 60_000, answerTimeout: 60_000 },
      silence: 60_000,
      ...limits,
    },
    ...{ now: () => at, ownEvents: eventsOfChange },
  });

/** One database for the tests of a file, empty before each. */
export function usePostgresDatabase(): {
  readonly server: Pick<PostgresServer, "url" | "directory">;
  readonly url: string;
} {
  const server = usePostgres();
  let url = "";
  beforeAll(async () => {
    url = await createDatabase(server.url);
    await (await openAt(url)).close();
  });
  afterEach(() => emptyDatabase(url));
  afterAll(() => dropDatabase(server.url, url));
  return {
    server,
    get url() {
      return url;
    },
  };
}

type Three = readonly [Store, Store, Store];

/**
 * Three stores with one database, each of which stands for a process. No call needs a second connection while it
 * has one, so one is enough.
 */
export function useProcesses() {
  const database = usePostgresDatabase();
  let stores: Three | undefined;
  beforeEach(async () => {
    const { url } = database;
    const open = (connections: number) => openAt(url, { limits: { connections } });
    stores = await Promise.all([open(1), open(2), open(10)]);
  });
  afterEach(async () => {
    for (const store of stores ?? []) await store.close();
  });
  const opened = (): Three => {
    if (stores === undefined) throw new Error("only inside a test");
    return stores;
  };
  return {
    server: database.server,
    get url() {
      return database.url;
    },
    get stores() {
      return opened();
    },
    /** Another one, to be closed by the caller. */
    open: () => openAt(database.url),
    /** Makes a number of calls at the same time, by the stores in turn. */
    spread<T>(count: number, call: (store: Store, index: number) => Promise<T>): Promise<T[]> {
      const turns = Array.from({ length: count }, (_, index) => opened()[index % 3] as Store);
      return Promise.all(turns.map(call));
    },
  };
}

/** A client of another kind, which is disconnected after the test. */
export async function connectClient(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

/** Resolves when so many statements of all clients of a database wait for a lock. */
export async function locksAwaited(url: string, count: number): Promise<void> {
  const waiting = () =>
    onServer(
      url,
      `SELECT 1 FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
  await expect.poll(waiting, { interval: 5 }).toHaveLength(count);
}
