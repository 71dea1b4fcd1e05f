import type Database from "better-sqlite3";
import type { Clock } from "../../clock.ts";
import type { OwnEvents } from "../../domain/own-event.ts";
import { deliveryIdSource } from "../../ids.ts";
import type { CopyInto } from "../database-copy.ts";
import { rememberOpened } from "../opened-values.ts";
import { createSealer, type Sealer } from "../seal.ts";
import type { Store } from "../store.ts";
import { connect } from "./connection.ts";
import { copyInto, removeDraftCopies } from "./copies.ts";
import { copyBeforeMigration } from "./copy-before-migration.ts";
import { insertDataKey, readDataKey } from "./data-keys.ts";
import { toStartError, toStoreError } from "./errors.ts";
import { freeDeliveries } from "./free-deliveries.ts";
import { createGroupCommit } from "./group-commit.ts";
import { settleLog } from "./log.ts";
import { checkSchemaVersion, loadMigrations, migrate, schemaVersion } from "./migrate.ts";
import { createSqliteStore } from "./store.ts";

export interface SqliteStoreOptions {
  /** Path of the database; it is made when it does not exist, readable by its owner only. */
  readonly file: string;
  /** 32 bytes. */
  readonly masterKey: Uint8Array;
  readonly now: Clock;
  /** See group-commit.ts. */
  readonly onCommit?: (writers: number, seconds: number | undefined) => void;
  /** What changes of targets and executions publish; nothing by default. */
  readonly ownEvents?: OwnEvents;
}

export interface SqliteStore extends Store {
  /** Copies the database while it is used. */
  readonly copyInto: CopyInto;
}

/**
 * Opens the database, brings its schema up to date and holds it alone until `close`.
 *
 * @throws StoreStartError
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  const { file, onCommit, now, ownEvents = () => [] } = options;
  let db: Database.Database | undefined;
  try {
    const opened = connect(file);
    db = opened;
    removeDraftCopies(file);
    const sealer = prepareContent(db, options);
    freeDeliveries(db, now());
    const commits = createGroupCommit({ db, onCommit });
    const newDeliveryId = deliveryIdSource(now);
    return {
      ...createSqliteStore({ db, sealer, commits, newDeliveryId, ownEvents }),
      copyInto: (...copy) =>
        copyInto(opened, ...copy).catch((error: unknown) => {
          throw toStoreError(error);
        }),
    };
  } catch (error) {
    db?.close();
    throw toStartError(error, file);
  }
}

/**
 * Proves the master key before anything is changed, settles the log that a crash may have left, and
 * brings the schema up to date, after a copy of what is there.
 */
function prepareContent(db: Database.Database, options: SqliteStoreOptions): Sealer {
  const { file, masterKey, now } = options;
  const migrations = loadMigrations();
  const version = schemaVersion(db);
  checkSchemaVersion(version, migrations);
  if (version > 0) readDataKey(db, masterKey);
  settleLog(db);
  const isOlder = version > 0 && version < migrations.length;
  if (isOlder) copyBeforeMigration(db, file, version);
  migrate(db, migrations, () => insertDataKey(db, masterKey, now()));
  // A migration may have written a table anew; until the log is cut, it takes as much room as it ever had.
  if (isOlder) settleLog(db);
  return rememberOpened(createSealer(readDataKey(db, masterKey)));
}
