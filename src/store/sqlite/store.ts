/** The store's actions, each one a writer of the group commit or a read of what is committed. */
import type { AuditStore, ChangeContent, ChangeRecord } from "../audit-store.ts";
import { type Store, StoreError } from "../store.ts";
import { createChangeTable } from "./changes.ts";
import { instanceActions } from "./instance-actions.ts";
import { createInstanceTable } from "./instances.ts";
import { read, type SharedTables, type SqliteStoreParts } from "./parts.ts";
import { createSweep } from "./sweep.ts";
import { targetActions } from "./target-actions.ts";
import { tokenActions } from "./token-actions.ts";
import { createTokenTable } from "./tokens.ts";

export function createSqliteStore(parts: SqliteStoreParts): Store {
  const { db } = parts;
  const tables = { instances: createInstanceTable(db), changes: createChangeTable(db) };
  const tokens = createTokenTable(db);
  return {
    ...targetActions(parts, tables),
    ...tokenActions(parts, tables, tokens),
    ...instanceActions(parts, tables, tokens),
    ...auditActions(parts, tables),
    ...upkeep(parts),
  };
}

function auditActions({ db, commits }: SqliteStoreParts, { changes }: SharedTables): AuditStore {
  return {
    recordChange: (instance, change) =>
      commits.write(() => changes.add(instance, change, contentOf(change))),
    listChanges: (instance, query) => read(db, () => changes.list(instance, query)),
  };
}

function contentOf({ resourceType, resourceId, action, fields }: ChangeRecord): ChangeContent {
  return { resourceType, resourceId, action, fields };
}

function upkeep({ db, commits }: SqliteStoreParts): Pick<Store, "sweep" | "ping" | "close"> {
  const sweep = createSweep(db);
  const ask = db.prepare("SELECT 1 FROM data_keys");
  return {
    sweep: (now) => commits.write(() => sweep(now)),
    ping: () =>
      read(db, () => {
        ask.get();
        if (!commits.sound) throw new StoreError("unavailable", "the last write failed");
      }),
    async close() {
      commits.close();
      db.close();
    },
  };
}
