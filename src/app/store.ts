/** Opens the store that is configured; a part of the composition root. */
import { statSync } from "node:fs";
import type { Clock } from "../clock.ts";
import { sqliteStore } from "../config/store.ts";
import type { Config } from "../config.ts";
import { ownEvents } from "../domain/own-event.ts";
import { databaseFile, makeDataDir, masterKeyFile } from "../store/data-dir.ts";
import type { CopyInto } from "../store/database-copy.ts";
import { removeDrafts } from "../store/key-file.ts";
import { loadOrCreateMasterKey } from "../store/master-key.ts";
import { StoreStartError } from "../store/start-error.ts";
import type { Store } from "../store/store.ts";
import type { ServedMetrics } from "./metrics.ts";

export interface OpenedStore {
  readonly store: Store;
  /** Calls back whenever another process may have made something to deliver. */
  readonly onWake: (listener: () => void) => void;
  /** Copies the database while it is used; undefined when it is not a file of this process. */
  readonly copies: Copies | undefined;
}

export interface Copies {
  readonly copyInto: CopyInto;
  /** A new name for a copy, in the data directory; files with such names are deleted at the start. */
  readonly newName: () => string;
}

export interface OpenStoreParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly measuring: Pick<ServedMetrics, "metrics">;
}

/**
 * Only the driver that is used is loaded.
 *
 * @throws StoreStartError
 */
export function openStore(parts: OpenStoreParts): Promise<OpenedStore> {
  return parts.config.store === sqliteStore ? openSqlite(parts) : openPostgres(parts);
}

async function openSqlite({ config, clock, measuring }: OpenStoreParts): Promise<OpenedStore> {
  const { dataDir } = config;
  makeDataDir(dataDir);
  const file = databaseFile(dataDir);
  const databaseExists = (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0;
  const masterKey = config.masterKey ?? loadOrCreateMasterKey({ dataDir, databaseExists });
  const onCommit = measuring.metrics.committed;
  const [{ openSqliteStore }, { draftName }] = await Promise.all([
    import("../store/sqlite/open.ts"),
    import("../store/sqlite/copies.ts"),
  ]);
  const store = await openSqliteStore({ file, masterKey, now: clock, onCommit, ownEvents });
  // Whoever holds the database is the only one who may.
  removeDrafts(masterKeyFile(dataDir));
  // No other process has it open.
  const copies = { copyInto: store.copyInto, newName: () => draftName(file) };
  return { store, onWake: () => undefined, copies };
}

async function openPostgres({ config, clock, measuring }: OpenStoreParts): Promise<OpenedStore> {
  const { store: url, storeConnections: connections, masterKey } = config;
  if (masterKey === undefined) {
    throw new StoreStartError("master-key-missing", "a PostgreSQL store needs TARGETD_MASTER_KEY");
  }
  const { openPostgresStore } = await import("../store/postgres/open.ts");
  const listeners: (() => void)[] = [];
  const store = await openPostgresStore({
    ...{ url, masterKey, now: clock, ownEvents, limits: { connections } },
    onCommit: (seconds) => measuring.metrics.committed(1, seconds),
    onWake() {
      for (const listener of listeners) listener();
    },
  });
  return { store, onWake: (listener) => void listeners.push(listener), copies: undefined };
}
