/** Connections to one of the hosts, the one that takes writes. */
import pg from "pg";
import type { Dsn } from "./dsn.ts";
import { ConnectionError, connectionError } from "./errors.ts";
import type { PoolLimits } from "./pool.ts";
import { execute, types } from "./session.ts";

/**
 * Durable when it is answered, whatever the server's default is. A prepared statement keeps the plan that
 * was best when its tables were small, which is to read them whole, while they grow; so indexes come first.
 */
const sessionSettings = [
  "synchronous_commit=on",
  "default_transaction_isolation=read\\ committed",
  "enable_seqscan=off",
]
  .map((setting) => `-c ${setting}`)
  .join(" ");

export function clientConfig(dsn: Dsn, limits: PoolLimits): pg.ClientConfig {
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
    options: sessionSettings,
  };
}

/** The server is a standby: nothing can be written there, and what is read may be old. */
class NotPrimary extends Error {}

/** What a connection has to do before it is used. */
export type Prepare = (client: pg.ClientBase) => Promise<void>;

/** @throws NotPrimary */
export async function provePrimary(client: pg.ClientBase): Promise<void> {
  const { rows } = await execute(client, { text: "SELECT pg_is_in_recovery() AS standby" });
  if (rows[0]?.standby === true) throw new NotPrimary("a standby");
}

export interface Hosts {
  /** Connects to the host whose turn it is. */
  readonly Client: typeof pg.Client;
  /** Tries the hosts in turn, beginning with the one that answered last. */
  inTurn<T>(connect: () => Promise<T>): Promise<T>;
}

export function createHosts(dsn: Dsn): Hosts {
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
