import { randomUUID } from "node:crypto";
import type pg from "pg";
import type { Clock } from "../../clock.ts";
import type { OwnEvents } from "../../domain/own-event.ts";
import { deliveryIdSource } from "../../ids.ts";
import { rememberOpened } from "../opened-values.ts";
import { createSealer, type Sealer } from "../seal.ts";
import type { Store } from "../store.ts";
import { insertDataKey, readDataKey } from "./data-keys.ts";
import { createDatabase } from "./database.ts";
import { describeDsn, parseDsn } from "./dsn.ts";
import { joinEpoch } from "./epochs.ts";
import { toStartError } from "./errors.ts";
import { createHosts } from "./hosts.ts";
import { loadPostgresMigrations, migrate, readVersion } from "./migrate.ts";
import { refuseHalfMoved } from "./moved.ts";
import { createPool, defaultLimits, type PoolLimits } from "./pool.ts";
import { createPostgresStore } from "./store.ts";
import { createWakes, wakeChannel } from "./wake.ts";
import { watchDatabase } from "./watch.ts";

export interface PostgresStoreOptions {
  /** See dsn.ts for its form. The database must exist, and belong to targetd alone. */
  readonly url: string;
  /** 32 bytes. */
  readonly masterKey: Uint8Array;
  readonly now: Clock;
  /** What changes of targets and executions publish; nothing by default. */
  readonly ownEvents?: OwnEvents;
  /** By default those of pool.ts. */
  readonly limits?: Partial<PoolLimits>;
  /** Called after each commit with the seconds that it took. */
  readonly onCommit?: (seconds: number) => void;
  /**
   * Called when another process may have made something to deliver. Costs a connection of its own, which also
   * finds out when the database is away. Without it nobody is told, workers look by themselves, and each
   * call waits for its own limits.
   */
  readonly onWake?: (() => void) | undefined;
}

/**
 * Connects to a database and brings its schema up to date. Any number of processes may have it open.
 *
 * @throws StoreStartError
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const { url, now, ownEvents = () => [] } = options;
  const dsn = parseDsn(url);
  const limits = { ...defaultLimits, ...options.limits };
  // Migrations take the time they need.
  const alone = createPool(dsn, { ...limits, connections: 1, answerTimeout: 0 });
  try {
    const client = await alone.acquire();
    const sealer = await prepareContent(client, options).finally(() => alone.release(client));
    const { onWake, onCommit } = options;
    const name = randomUUID();
    const wakes = onWake && createWakes(() => db, name);
    const pools = { hosts: createHosts(dsn), prepare: joinEpoch };
    const pool = createPool(dsn, limits, pools);
    const db = createDatabase(pool, { onWoken: wakes?.tell, onCommit });
    const heard = (teller?: string) => {
      if (teller !== name) onWake?.();
    };
    const watch =
      onWake && watchDatabase({ dsn, limits, pools, pool, channel: wakeChannel, heard });
    const newDeliveryId = deliveryIdSource(now);
    return createPostgresStore({ db, sealer, newDeliveryId, ownEvents, wakes, watch });
  } catch (error) {
    throw toStartError(error, describeDsn(dsn));
  } finally {
    await alone.end();
  }
}

/** Proves the master key before anything is changed, and brings the schema up to date. */
async function prepareContent(
  client: pg.PoolClient,
  { masterKey, now }: PostgresStoreOptions,
): Promise<Sealer> {
  const { version } = await readVersion(client);
  await refuseHalfMoved(client);
  if (version > 0) await readDataKey(client, masterKey);
  await migrate(client, loadPostgresMigrations(), () => insertDataKey(client, masterKey, now()));
  // One may have begun while this process waited for its turn to migrate.
  await refuseHalfMoved(client);
  return rememberOpened(createSealer(await readDataKey(client, masterKey)));
}
