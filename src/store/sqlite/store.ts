/** The store's actions, each one a writer of the group commit or a read of what is committed. */
import type { AuditStore } from "../audit-store.ts";
import { contentOf } from "../change-contents.ts";
import { type Kept, type Store, StoreError } from "../store.ts";
import { type Canceller, createCanceller } from "./cancel.ts";
import { catalogActions } from "./catalog-actions.ts";
import { createChangePlaces } from "./change-places.ts";
import { createChangeTable } from "./changes.ts";
import { deliveryActions } from "./delivery-actions.ts";
import { createDeliveryTables } from "./enqueue.ts";
import { executionActions } from "./execution-actions.ts";
import { createExecutionTable } from "./executions.ts";
import { instanceActions } from "./instance-actions.ts";
import { instanceKeyActions } from "./instance-key-actions.ts";
import { createInstanceTable } from "./instances.ts";
import { closeDatabase, read, type SharedTables, type SqliteStoreParts } from "./parts.ts";
import { createPruner } from "./prune.ts";
import { publicKeyActions } from "./public-key-actions.ts";
import { createPublicKeyTable } from "./public-keys.ts";
import { createPublisher, publishingChanges } from "./publish.ts";
import { createSweep } from "./sweep.ts";
import { targetActions } from "./target-actions.ts";
import { createTargetTable } from "./targets.ts";
import { tokenActions } from "./token-actions.ts";
import { createTokenTable } from "./tokens.ts";
import { createUsageTable } from "./usage.ts";

export function createSqliteStore(parts: SqliteStoreParts): Store {
  const { db, sealer, commits, newDeliveryId, ownEvents } = parts;
  const tokens = createTokenTable(db);
  const targetTables = {
    targets: createTargetTable(db, sealer, commits),
    publicKeys: createPublicKeyTable(db),
    executions: createExecutionTable(db, commits),
  };
  const usage = createUsageTable(db);
  const deliveries = createDeliveryTables(db, commits, usage);
  const publisher = createPublisher(db, deliveries, targetTables.executions, newDeliveryId);
  const places = createChangePlaces(db, commits);
  const tables = {
    instances: createInstanceTable(db, commits),
    changes: publishingChanges(
      createChangeTable(db, places),
      targetTables.executions,
      publisher,
      ownEvents,
    ),
    usage,
  };
  return {
    ...targetActions(parts, tables, targetTables, deliveries),
    ...publicKeyActions(parts, tables, targetTables),
    ...executionActions(parts, tables, targetTables),
    ...tokenActions(parts, tables, tokens),
    ...instanceActions(parts, tables, tokens),
    ...instanceKeyActions(parts, tables),
    ...catalogActions(parts, tables),
    ...deliveryActions(parts, tables, targetTables, deliveries, publisher),
    ...auditActions(parts, tables),
    ...upkeep(
      parts,
      [tokens, targetTables.targets],
      createCanceller(deliveries),
      createPruner(db, deliveries, places),
    ),
  };
}

function auditActions({ db, commits }: SqliteStoreParts, { changes }: SharedTables): AuditStore {
  return {
    recordChange: (instance, change) =>
      commits.write(() => changes.add(instance, change, contentOf(change))),
    listChanges: (instance, query) => read(db, () => changes.list(instance, query)),
  };
}

function upkeep(
  { db, commits }: SqliteStoreParts,
  keeping: readonly { forget(): void }[],
  { sweep: cancelSome }: Canceller,
  prune: (kept: Kept) => boolean,
): Pick<Store, "queue" | "sweep" | "prune" | "ping" | "close"> {
  const sweep = createSweep(db);
  const ask = db.prepare("SELECT 1 FROM data_keys");
  return {
    queue: commits.queue,
    sweep: (now) =>
      commits.write(() => {
        const swept = sweep(now);
        if (swept > 0) for (const table of keeping) table.forget();
        return swept + cancelSome(now);
      }),
    prune: (kept) => commits.write(() => prune(kept)),
    ping: () =>
      read(db, () => {
        ask.get();
        if (!commits.sound) throw new StoreError("unavailable", "the last write failed");
      }),
    async close() {
      commits.close();
      closeDatabase(db);
    },
  };
}
