/** What the store's actions are made of. */
import type Database from "better-sqlite3";
import type { OwnEvents } from "../../domain/own-event.ts";
import type { Sealer } from "../seal.ts";
import type { ChangeTable } from "./changes.ts";
import { closedError, toStoreError } from "./errors.ts";
import type { ExecutionTable } from "./executions.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { InstanceTable } from "./instances.ts";
import type { PublicKeyTable } from "./public-keys.ts";
import type { TargetTable } from "./targets.ts";
import type { UsageTable } from "./usage.ts";

/** An open, migrated database, its data key and its writer queue. */
export interface SqliteStoreParts {
  readonly db: Database.Database;
  readonly sealer: Sealer;
  readonly commits: GroupCommit;
  /** Makes ids of deliveries. */
  readonly newDeliveryId: () => string;
  /** What changes publish. */
  readonly ownEvents: OwnEvents;
}

/** The tables that the actions of every topic use. */
export interface SharedTables {
  readonly instances: InstanceTable;
  readonly changes: ChangeTable;
  readonly usage: UsageTable;
}

/** The tables of targets and of what refers to them. */
export interface TargetTables {
  readonly targets: TargetTable;
  readonly publicKeys: PublicKeyTable;
  readonly executions: ExecutionTable;
}

/** To ask SQLite whether a database is open costs more than most reads. */
const closed = new WeakSet<Database.Database>();

/** Closes a database for good; later calls of {@link read} are rejected with `unavailable`. */
export function closeDatabase(db: Database.Database): void {
  closed.add(db);
  db.close();
}

/** Runs a read outside of transactions. It sees what is committed and nothing under way. */
export async function read<T>(db: Database.Database, work: () => T): Promise<T> {
  if (closed.has(db)) throw closedError();
  try {
    return work();
  } catch (error) {
    throw toStoreError(error);
  }
}
