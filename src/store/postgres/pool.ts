/** Connections to the primary, whichever of the hosts that is. */
import pg from "pg";
import type { Dsn } from "./dsn.ts";
import { ConnectionError, closedError, connectionError } from "./errors.ts";
import { types } from "./session.ts";

/** Bounds of a pool; times are in milliseconds. */
export interface PoolLimits {
  /** Connections at most. */
  readonly connections: number;
  /** To get a connection: to make one, or until one is free. */
  readonly connectTimeout: number;
  /** Of one statement. */
  readonly statementTimeout: number;
  /** Of the wait for one lock. */
  readonly lockTimeout: number;
  /** That a transaction may do nothing, after which the server ends it and frees its locks. */
  readonly idleInTransactionTimeout: number;
  /** After which an answer is given up, and the connection with it: a server that is cut off says nothing. */
  readonly answerTimeout: number;
}

export const defaultLimits: PoolLimits = Object.freeze({
  connections: 10,
  connectTimeout: 5_000,
  statementTimeout: 10_000,
  lockTimeout: 5_000,
  idleInTransactionTimeout: 10_000,
  answerTimeout: 15_000,
});

export interface Pool {
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
  /** Closes all connections, once; they must have been given back. */
  end(): Promise<void>;
}

export function createPool(dsn: Dsn, limits: PoolLimits): Pool {
  const hosts = createHosts(dsn);
  let generation = 0;
  let ended: Promise<void> | undefined;
  const generations = new WeakMap<pg.PoolClient, number>();
  const pool = new pg.Pool({
    ...clientConfig(dsn, limits),
    Client: hosts.Client,
    max: limits.connections,
    connectionTimeoutMillis: limits.connectTimeout,
    verify: provePrimary,
  });
  // Whoever uses a connection hears of its loss by the statements; an idle one is replaced.
  pool.on("error", ignore);
  pool.on("connect", (client) => {
    client.on("error", ignore);
    generations.set(client, generation);
  });

  /** Connections of an earlier generation are closed on the way. */
  const current = async (): Promise<pg.PoolClient> => {
    for (;;) {
      const client = await pool.connect();
      if (generations.get(client) === generation) return client;
      client.release(true);
    }
  };

  return {
    async acquire() {
      if (pool.ending) throw closedError();
      return hosts.inTurn(current);
    },
    release: (client, error) => client.release(error !== undefined),
    renounce() {
      generation += 1;
    },
    end() {
      ended ??= pool.end();
      return ended;
    },
  };
}

function clientConfig(dsn: Dsn, limits: PoolLimits): pg.ClientConfig {
  return {
    user: dsn.user,
    database: dsn.database,
    ssl: dsn.tls,
    application_name: dsn.applicationName,
    statement_timeout: limits.statementTimeout,
    lock_timeout: limits.lockTimeout,
    idle_in_transaction_session_timeout: limits.idleInTransactionTimeout,
    query_timeout: limits.answerTimeout,
    keepAlive: true,
    pipeline: true,
    types,
    // Durable when it is answered, whatever the server's default is.
    options: "-c synchronous_commit=on -c default_transaction_isolation=read\\ committed",
  };
}

const ignore = () => undefined;

/** The server is a standby: nothing can be written there, and what is read may be old. */
class NotPrimary extends Error {}

function provePrimary(client: pg.PoolClient, done: (error?: Error) => void): void {
  client
    .query<{ standby: boolean }>("SELECT pg_is_in_recovery() AS standby")
    .then(({ rows }) => done(rows[0]?.standby === true ? new NotPrimary("a standby") : undefined))
    .catch(done);
}

/** Tries the hosts in turn, beginning with the one that answered last. */
function createHosts(dsn: Dsn) {
  let index = 0;
  class HostClient extends pg.Client {
    constructor(config?: pg.ClientConfig) {
      // The pool hides the password from whoever lists its options.
      super({ ...config, password: dsn.password ?? "", ...dsn.hosts[index] });
    }
  }
  return {
    Client: HostClient,

    async inTurn<T>(connect: () => Promise<T>): Promise<T> {
      for (let tries = 1; ; tries += 1) {
        const tried = index;
        try {
          return await connect();
        } catch (error) {
          const reason = connectionError(error);
          // Of several that fail together, the first moves on for all.
          if (index === tried && reason instanceof ConnectionError)
            index = (tried + 1) % dsn.hosts.length;
          if (tries >= dsn.hosts.length || !(reason instanceof ConnectionError)) throw reason;
        }
      }
    },
  };
}
