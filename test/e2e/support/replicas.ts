/** Several servers with one database, without anything of the test runner. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { workerLimits } from "../../../src/delivery/worker.ts";
import {
  createDatabase,
  type OwnPostgresServer,
  startOwnPostgres,
} from "../../support/postgres.ts";
import { type DeliveryProcess, startDeliveryProcess } from "./delivery-process.ts";

export interface Replicas {
  readonly postgres: OwnPostgresServer;
  /** The URL of their database. */
  readonly database: string;
  /** Those that run. */
  readonly servers: DeliveryProcess[];
  /** Starts one more. */
  start(): Promise<DeliveryProcess>;
  /** Ends them, and their database with them. */
  end(): Promise<void>;
}

export interface ReplicaOptions {
  /** In microseconds; by default that of the program. */
  readonly lease?: number;
  /** Calls to targets under way at the same time in each of them. */
  readonly inFlight?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** How many there are at first; by default three. */
  readonly count?: number;
  /** How they reach the database; by default by its own URL. */
  readonly prepare?: (postgres: OwnPostgresServer, database: string) => Promise<string>;
}

/** What seals the secrets in the database of tests. */
export const replicaKey: string = Buffer.alloc(32, "test key").toString("base64");

/** Starts a PostgreSQL server that syncs what it writes, and several servers with it at once. */
export async function startReplicas(options: ReplicaOptions = {}): Promise<Replicas> {
  const { lease = workerLimits.lease, inFlight = workerLimits.inFlight, count = 3 } = options;
  const postgres = await startOwnPostgres({ durable: true });
  const folder = await mkdtemp(join(tmpdir(), "targetd-replicas-"));
  const database = await createDatabase(postgres.url);
  const url = (await options.prepare?.(postgres, database)) ?? database;
  const env = { ...options.env, TARGETD_STORE: url, TARGETD_MASTER_KEY: replicaKey };
  const servers: DeliveryProcess[] = [];
  const replicas: Replicas = {
    ...{ postgres, database, servers },
    async start() {
      const started = await startDeliveryProcess({ dataDir: folder, lease, inFlight, env });
      servers.push(started);
      return started;
    },
    async end() {
      await Promise.all(servers.map((server) => server.end()));
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    await Promise.all(Array.from({ length: count }, () => replicas.start()));
    return replicas;
  } catch (error) {
    await replicas.end();
    throw error;
  }
}

/** One after the other, over and over. */
export function inTurn<T>(items: readonly T[], index: number): T {
  const item = items[index % items.length];
  if (item === undefined) throw new Error("there is none");
  return item;
}
