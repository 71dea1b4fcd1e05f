import type Database from "better-sqlite3";
import type { Delivery } from "../../domain/delivery.ts";
import { type InstanceId, type Micros, targetId } from "../../domain/units.ts";
import type { ChangeContent } from "../audit-store.ts";
import { deliveryChange } from "../change-contents.ts";
import type { DeliveryStore } from "../delivery-store.ts";
import { cursorOf } from "../queries/deliveries.ts";
import { type ReplayQuery, replaySql } from "../queries/replays.ts";
import { type DeliveryRow, toDelivery, toListed } from "../rows/deliveries.ts";
import { createCanceller } from "./cancel.ts";
import { pendingFrom } from "./deliveries.ts";
import { sqliteDialect } from "./dialect.ts";
import type { DeliveryTables } from "./enqueue.ts";
import type { SharedTables, SqliteStoreParts } from "./parts.ts";

type Commands = Pick<DeliveryStore, "retryDelivery" | "cancelDelivery" | "replayDeliveries">;

type Which = Parameters<DeliveryStore["replayDeliveries"]>[1];

/** What people do with deliveries. */
export function deliveryCommands(
  { db, commits }: SqliteStoreParts,
  { instances, changes, usage }: SharedTables,
  tables: DeliveryTables,
): Commands {
  const { deliveries, leases, queues, revisions } = tables;
  const { cancel } = createCanceller(tables);
  const replay = replayer(tables);

  const find = (instance: InstanceId, which: Which): Found => {
    if (!("id" in which)) return findReplayable(db, instance, which);
    const row = deliveries.read(instance, which.id);
    return { rows: row === undefined ? [] : [row], next: undefined };
  };

  /** Lets a command act on a delivery, and reads it again. */
  const change = (
    command: (row: DeliveryRow, at: Micros) => boolean,
    action: ChangeContent["action"],
  ): DeliveryStore["retryDelivery"] => {
    const reread = (row: DeliveryRow): Delivery =>
      toDelivery(deliveries.read(row.instance_id, row.id) ?? row, deliveries.context(row));
    return (instance, id, options) =>
      commits.write(() => {
        const row = instances.exists(instance) ? deliveries.read(instance, id) : undefined;
        if (row === undefined) return undefined;
        if (command(row, options.at)) {
          changes.add(instance, options, deliveryChange(id, action));
        }
        return reread(row);
      });
  };

  return {
    retryDelivery: change((row, at) => {
      if (row.due_at === null || leases.isHeld(row, at)) return false;
      const { instance_id: instance, target_id: target, attempts } = row;
      deliveries.proceed(row, { ...pendingFrom(at, revisions.take(instance, 1)), attempts });
      queues.offer(instance, targetId(target), at);
      return true;
    }, "retried"),

    cancelDelivery: change((row, at) => {
      if (row.state !== "pending") return false;
      const wasHeld = leases.isHeld(row, at);
      cancel(row, at);
      const delivery = toListed(row);
      tables.letNextGo(delivery, at);
      // A call less is under way.
      if (wasHeld) queues.lookAgain(delivery, at);
      return true;
    }, "cancelled"),

    replayDeliveries: (instance, which, options) =>
      commits.write(() => {
        if (!instances.exists(instance)) return { replayed: 0, next: undefined };
        const { rows, next } = find(instance, which);
        const finished = rows.filter(({ state }) => state !== "pending");
        usage.checkQueue(instance, finished.length, options.mostPending);
        const replayed = finished.filter((row) => replay(row, options.at)).length;
        if (replayed > 0) {
          const fields = [{ field: "deliveries", old: null, new: replayed }];
          const about = "id" in which ? which.id : (which.target ?? "");
          changes.add(instance, options, deliveryChange(about, "replayed", fields));
        }
        return { replayed, next };
      }),
  };
}

/** Deliveries to replay, and where to look for more. */
interface Found {
  readonly rows: readonly DeliveryRow[];
  readonly next: string | undefined;
}

function findReplayable(db: Database.Database, instance: InstanceId, query: ReplayQuery): Found {
  const { found, lastScanned } = replaySql(sqliteDialect, instance, query);
  const rows = db.prepare<unknown[], DeliveryRow>(found.sql).all(...found.values);
  const end =
    rows.length === query.limit
      ? rows.at(-1)
      : db.prepare<unknown[], DeliveryRow>(lastScanned.sql).get(...lastScanned.values);
  return { rows, next: end && cursorOf(end) };
}

/** Returns a function that makes a finished delivery pending again; false when it stays as it is. */
function replayer(tables: DeliveryTables) {
  const { deliveries, queues, revisions, isOrdered, dueTime } = tables;
  return (row: DeliveryRow, at: Micros): boolean => {
    const { instance_id: instance, order_key: orderKey } = row;
    const target = targetId(row.target_id);
    if (isOrdered(instance, target) === undefined) return false;
    const dueAt = dueTime(instance, target, orderKey ?? undefined, at);
    deliveries.requeue(row, pendingFrom(dueAt, revisions.take(instance, 1)));
    if (dueAt !== null) queues.offer(instance, target, dueAt);
    return true;
  };
}
