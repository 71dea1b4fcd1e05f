/** Connections to the primary, whichever of the hosts that is. */
import pg from "pg";
import type { Dsn } from "./dsn.ts";
import { awayError, busyError, closedError } from "./errors.ts";
import { clientConfig, createHosts, type Hosts, type Prepare, provePrimary } from "./hosts.ts";
import { createPermits, type Permits } from "./permits.ts";

/** Bounds of a pool; times are in milliseconds. */
export interface PoolLimits {
  /** Connections at most. */
  readonly connections: number;
  /** To make a connection, and to wait until one is free. */
  readonly connectTimeout: number;
  /** Of one statement. */
  readonly statementTimeout: number;
  /** Of the wait for one lock. */
  readonly lockTimeout: number;
  /** That a transaction may do nothing, after which the server ends it and frees its locks. */
  readonly idleInTransactionTimeout: number;
  /** After which an answer is given up, and the connection with it: a server that is cut off says nothing. */
  readonly answerTimeout: number;
  /** Without an answer to anybody, after which the database counts as away (watch.ts). */
  readonly silence: number;
}

export const defaultLimits: PoolLimits = Object.freeze({
  connections: 10,
  connectTimeout: 5_000,
  statementTimeout: 10_000,
  lockTimeout: 5_000,
  idleInTransactionTimeout: 10_000,
  answerTimeout: 15_000,
  silence: 3_000,
});

export interface Pool extends Pick<Permits, "queue"> {
  /**
   * A connection to the primary, to be given back with `release`.
   *
   * @throws ConnectionError, DatabaseError, StoreError `unavailable`
   */
  acquire(): Promise<pg.PoolClient>;
  /** Gives a connection back; with an error it is closed. */
  release(client: pg.PoolClient, error?: unknown): void;
  /** Uses no connection again that was made before. */
  renounce(): void;
  /** Cuts all connections, and refuses whoever waits for one or asks for one, until `resume`. */
  suspend(): void;
  resume(): void;
  /** When the database answered last, by performance.now(). */
  readonly heardAt: number;
  /** Closes all connections, once; they must have been given back. */
  end(): Promise<void>;
}

export interface PoolOptions {
  /** Shared with other pools, so that all know which one answers. */
  readonly hosts?: Hosts;
  /** What each connection does first, when it is known to lead to the primary. */
  readonly prepare?: Prepare;
}

export function createPool(dsn: Dsn, limits: PoolLimits, options: PoolOptions = {}): Pool {
  const { hosts = createHosts(dsn), prepare } = options;
  const permits = createPermits(limits.connections, limits.connectTimeout, busyError);
  let heardAt = Number.NEGATIVE_INFINITY;
  let isSuspended = false;
  let suspension = newSuspension();
  let ended: Promise<void> | undefined;
  const pool = new pg.Pool({
    ...clientConfig(dsn, limits),
    Client: hosts.Client,
    max: limits.connections,
    connectionTimeoutMillis: limits.connectTimeout,
    verify(client, done) {
      const ready = provePrimary(client).then(() => prepare?.(client));
      ready.then(() => done(), done);
    },
  });
  const clients = followClients(pool);

  /** Connections from before a renunciation are closed on the way. */
  const current = async (): Promise<pg.PoolClient> => {
    for (;;) {
      const client = await pool.connect();
      if (clients.isCurrent(client)) return client;
      client.release(true);
    }
  };

  const connect = async (): Promise<pg.PoolClient> => {
    const connecting = hosts.inTurn(current);
    try {
      return await Promise.race([connecting, suspension.promise]);
    } catch (error) {
      // What is made all the same is there for others.
      connecting.then((client) => client.release(), ignore);
      throw error;
    }
  };

  return {
    queue: permits.queue,
    get heardAt() {
      return heardAt;
    },
    async acquire() {
      if (pool.ending) throw closedError();
      if (isSuspended) throw awayError();
      await permits.take();
      try {
        return await connect();
      } catch (error) {
        permits.give();
        throw error;
      }
    },
    release(client, error) {
      if (error === undefined) heardAt = performance.now();
      else cut(client);
      client.release(error !== undefined);
      permits.give();
    },
    renounce: clients.renounce,
    suspend() {
      isSuspended = true;
      permits.refuse(awayError());
      suspension.reject(awayError());
      clients.cutAll();
    },
    resume() {
      if (!isSuspended) return;
      isSuspended = false;
      suspension = newSuspension();
    },
    end() {
      ended ??= pool.end();
      return ended;
    },
  };
}

const ignore = () => undefined;

/** Keeps account of the connections of a pool. */
function followClients(pool: pg.Pool) {
  const clients = new Set<pg.PoolClient>();
  const generations = new WeakMap<pg.PoolClient, number>();
  let generation = 0;
  // Whoever uses a connection hears of its loss by the statements; an idle one is replaced.
  pool.on("error", ignore);
  pool.on("connect", (client) => {
    client.on("error", ignore);
    clients.add(client);
    generations.set(client, generation);
  });
  pool.on("remove", (client) => clients.delete(client));
  return {
    isCurrent: (client: pg.PoolClient) => generations.get(client) === generation,
    renounce() {
      generation += 1;
    },
    cutAll() {
      for (const client of clients) cut(client);
    },
  };
}

/** Rejects when a pool is suspended. */
function newSuspension(): PromiseWithResolvers<never> {
  const suspension = Promise.withResolvers<never>();
  suspension.promise.catch(ignore);
  return suspension;
}

/** The driver would wait for answers that are still to come, for ever where there will be none. */
function cut(client: pg.PoolClient): void {
  if (client instanceof pg.Client) client.connection.stream.destroy();
}
