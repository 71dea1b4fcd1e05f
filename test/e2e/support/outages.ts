/** Ways in which a database goes away and comes back. */
import { type OwnPostgresServer, onServer, startOwnPostgres } from "../../support/postgres.ts";
import { standbyName } from "../../support/postgres-copy.ts";

export interface Outage {
  /** Resolves with the URL by which servers reach a database; called when there is nothing in it yet. */
  prepare(postgres: OwnPostgresServer, database: string): Promise<string>;
  begin(postgres: OwnPostgresServer): Promise<void>;
  end(postgres: OwnPostgresServer): Promise<void>;
  /** Ends what was prepared. */
  close(): Promise<void>;
}

const nothing = async () => undefined;
const asItIs = async (_: OwnPostgresServer, database: string) => database;

/** It is stopped, and started again. */
export const stopped = (): Outage => ({
  ...{ prepare: asItIs, close: nothing },
  begin: (postgres) => postgres.halt(),
  end: (postgres) => postgres.resume(),
});

/** It says nothing any more, and goes on later. */
export const silent = (): Outage => ({
  ...{ prepare: asItIs, close: nothing },
  begin: (postgres) => postgres.freeze(),
  end: (postgres) => postgres.thaw(),
});

/** It is killed, and its standby, for which each commit has waited, becomes the primary. */
export function failover(): Outage {
  let standby: OwnPostgresServer | undefined;
  return {
    async prepare(postgres, database) {
      standby = await startOwnPostgres({ durable: true, copyOf: postgres });
      const synchronous = `ALTER SYSTEM SET synchronous_standby_names = '${standbyName}'`;
      await onServer(postgres.url, synchronous);
      await onServer(postgres.url, "SELECT pg_reload_conf()");
      const { host } = new URL(standby.url);
      return database.replace("@", `@${host},`);
    },
    begin: (postgres) => postgres.kill(),
    async end() {
      if (standby === undefined) throw new Error("there is no standby");
      // It is the one that each commit waits for no longer.
      await onServer(standby.url, "ALTER SYSTEM RESET synchronous_standby_names");
      await onServer(standby.url, "SELECT pg_promote()");
    },
    close: async () => standby?.stop(),
  };
}
