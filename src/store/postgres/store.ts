/** The store's actions, each one a transaction or a read of what is committed. */
import type { AuditStore } from "../audit-store.ts";
import { contentOf } from "../change-contents.ts";
import type { Store } from "../store.ts";
import { catalogActions } from "./catalog-actions.ts";
import { addChanges, listChanges } from "./changes.ts";
import { deliveryActions } from "./delivery-actions.ts";
import { executionActions } from "./execution-actions.ts";
import { instanceActions } from "./instance-actions.ts";
import { instanceKeyActions } from "./instance-key-actions.ts";
import type { PostgresStoreParts } from "./parts.ts";
import { createPruner } from "./prune.ts";
import { publicKeyActions } from "./public-key-actions.ts";
import { sweep } from "./sweep.ts";
import { targetActions } from "./target-actions.ts";
import { tokenActions } from "./token-actions.ts";

/**
 * All transactions lock rows in this order, so that none waits for another in a circle:
 *
 * 1. the data key (the first token only), then instances;
 * 2. remembered answers, then ids of published events by their order;
 * 3. targets, and tokens, by their order; then what their instance has used of its quotas;
 * 4. queues, by their order; a claim skips those that are locked;
 * 5. deliveries, by their order, then leases by that of their deliveries;
 * 6. counters of changes, by instance;
 * 7. counters of revisions, by instance.
 *
 * Rows of other tables are only touched by who holds the row they belong to: those of a target with the
 * target, lists of executions, keys and catalogues with the instance. Foreign keys lock what they refer to
 * so weakly (KEY SHARE) that only the deletion of an instance waits for it. Sweeps leave out what is locked.
 */
export function createPostgresStore(parts: PostgresStoreParts): Store {
  return {
    ...targetActions(parts),
    ...publicKeyActions(parts),
    ...executionActions(parts),
    ...tokenActions(parts),
    ...instanceActions(parts),
    ...instanceKeyActions(parts),
    ...catalogActions(parts),
    ...deliveryActions(parts),
    ...auditActions(parts),
    ...upkeep(parts),
  };
}

function auditActions({ db }: PostgresStoreParts): AuditStore {
  return {
    recordChange: (instance, change) =>
      db.write(async (transaction) =>
        addChanges(transaction, instance, [{ by: change, content: contentOf(change) }]),
      ),
    listChanges: (instance, query) =>
      db.snapshot((session) => listChanges(session, instance, query)),
  };
}

function upkeep(
  parts: PostgresStoreParts,
): Pick<Store, "queue" | "sweep" | "prune" | "ping" | "close"> {
  const { db, wakes, watch } = parts;
  return {
    queue: db.queue,
    prune: createPruner(parts),
    sweep: (now) => sweep(parts, now),
    // Not with a connection that has to become free first: a busy database is there.
    ping: () =>
      watch?.ask() ?? db.read(async (session) => void (await session.row("SELECT 1", []))),
    async close() {
      await Promise.all([wakes?.stop(), watch?.stop()]);
      await db.close();
    },
  };
}
