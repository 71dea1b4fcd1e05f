import type { DeliveryStore } from "../delivery-store.ts";
import { cursorOf, deliveryListSql } from "../queries/deliveries.ts";
import { type DeliveryRow, deliveryColumns, toDelivery, toListed } from "../rows/deliveries.ts";
import { backlogReader } from "./backlog.ts";
import { createClaimer } from "./claim.ts";
import { deliveryCommands } from "./delivery-commands.ts";
import { sqliteDialect } from "./dialect.ts";
import type { DeliveryTables } from "./enqueue.ts";
import { callableReader } from "./execution-actions.ts";
import { createFinisher } from "./finish.ts";
import { read, type SharedTables, type SqliteStoreParts, type TargetTables } from "./parts.ts";
import type { Publisher } from "./publish.ts";
import { steady } from "./steady.ts";

export function deliveryActions(
  parts: SqliteStoreParts,
  shared: SharedTables,
  targetTables: TargetTables,
  tables: DeliveryTables,
  { publish }: Publisher,
): DeliveryStore {
  const { commits } = parts;
  const { instances, usage } = shared;
  return {
    ...claimActions(parts, shared, targetTables, tables),
    ...deliveryReads(parts, shared, tables),
    ...deliveryCommands(parts, shared, tables),

    publishEvents: (instance, events, candidatesOf, options) =>
      commits.write(() => {
        instances.require(instance);
        return publish(instance, events, candidatesOf, options);
      }),

    enqueue: (instance, deliveries, now, { mostPending } = {}) =>
      commits.write(() => {
        instances.require(instance);
        usage.checkQueue(instance, deliveries.length, mostPending);
        tables.insert(instance, deliveries, now);
      }),
  };
}

type Claims = Pick<
  DeliveryStore,
  "claimDeliveries" | "renewClaims" | "finishAttempts" | "releaseClaims"
>;

function claimActions(
  { commits }: SqliteStoreParts,
  shared: SharedTables,
  targetTables: TargetTables,
  tables: DeliveryTables,
): Claims {
  const readCallable = callableReader(targetTables);
  const claim = createClaimer(shared.instances, tables, readCallable);
  const finish = createFinisher(shared, tables, targetTables);
  const { deliveries, leases, queues } = tables;
  return {
    claimDeliveries: (...parameters) => commits.write(() => claim(...parameters), "soon"),

    renewClaims: (claims, now, leasedUntil) =>
      commits.write(
        () => claims.filter((held) => leases.renew(held, now, leasedUntil)).map(({ id }) => id),
        "soon",
      ),

    finishAttempts: (results, now) => commits.write(() => finish(results, now), "soon"),

    releaseClaims: (claims, dueAt) =>
      commits.write(() => {
        for (const held of claims) {
          const claimed = leases.release(held);
          if (claimed === undefined) continue;
          deliveries.setDue(claimed, dueAt);
          const queue = queues.read(held.instance, claimed.target);
          queues.lookAgain(queue, Math.min(queue.nextLookAt ?? dueAt, dueAt));
        }
      }, "soon"),
  };
}

type Reads = Pick<
  DeliveryStore,
  "nextDue" | "backlog" | "listDeliveries" | "readDelivery" | "changedDeliveries" | "latestRevision"
>;

export const changedSql = steady(`SELECT ${deliveryColumns} FROM deliveries
  WHERE instance_id = ? AND revision > ? ORDER BY revision LIMIT ?`);

function deliveryReads(
  { db }: SqliteStoreParts,
  { instances }: SharedTables,
  { deliveries, attempts, queues, revisions }: DeliveryTables,
): Reads {
  const selectChanged = db.prepare<[string, number, number], DeliveryRow>(changedSql);
  const readBacklog = backlogReader(db);
  return {
    nextDue: () => read(db, () => queues.next()),

    backlog: () => read(db, readBacklog),

    listDeliveries: (instance, query) =>
      read(db, () => {
        if (!instances.exists(instance)) return { items: [], next: undefined };
        const { page, lastScanned } = deliveryListSql(sqliteDialect, instance, query);
        const rows = db.prepare<unknown[], DeliveryRow>(page.sql).all(...page.values);
        const items = rows.slice(0, query.limit);
        const end =
          rows.length > items.length
            ? items.at(-1)
            : db.prepare<unknown[], DeliveryRow>(lastScanned.sql).get(...lastScanned.values);
        return { items: items.map(toListed), next: end && cursorOf(end) };
      }),

    readDelivery: (instance, id) =>
      read(db, () => {
        const row = instances.exists(instance) ? deliveries.read(instance, id) : undefined;
        if (row === undefined) return undefined;
        const delivery = toDelivery(row, deliveries.context(row));
        return { delivery, log: attempts.list(row.row) };
      }),

    changedDeliveries: (instance, after, limit) =>
      read(db, () => {
        if (!instances.exists(instance)) return [];
        if (after < revisions.pruned(instance)) return undefined;
        return selectChanged.all(instance, after, limit).map(toListed);
      }),

    latestRevision: (instance) => read(db, () => revisions.latest(instance)),
  };
}
