/** New deliveries, and what becomes of those that waited for one that is finished. */
import type Database from "better-sqlite3";
import type { Delivery, NewDelivery } from "../../domain/delivery.ts";
import type { InstanceId, Micros, TargetId } from "../../domain/units.ts";
import { createAttemptTable } from "./attempts.ts";
import { createDeliveryTable, pendingFrom } from "./deliveries.ts";
import { createQueueTable } from "./delivery-queues.ts";
import { createRevisionTable } from "./delivery-revisions.ts";
import type { Undoing } from "./group-commit.ts";
import { createLeaseTable } from "./leases.ts";
import type { UsageTable } from "./usage.ts";

/** The tables of deliveries, and what is common to the actions on them. */
export type DeliveryTables = ReturnType<typeof createDeliveryTables>;

type InOrder = Pick<Delivery, "instance" | "target" | "orderKey">;

export function createDeliveryTables(db: Database.Database, commits: Undoing, usage: UsageTable) {
  const tables = {
    usage,
    deliveries: createDeliveryTable(db, usage),
    leases: createLeaseTable(db),
    queues: createQueueTable(db, commits),
    revisions: createRevisionTable(db),
    attempts: createAttemptTable(db),
  };
  const { deliveries, queues, revisions } = tables;
  const selectOrdered = db
    .prepare<[string, string], number>(
      "SELECT ordered FROM targets WHERE instance_id = ? AND id = ? AND deleted_at IS NULL",
    )
    .pluck();

  /** Whether a living target keeps the order of its deliveries; undefined when there is no such. */
  const isOrdered = (instance: InstanceId, target: TargetId): boolean | undefined => {
    const ordered = selectOrdered.get(instance, target);
    return ordered === undefined ? undefined : ordered === 1;
  };

  /** When a delivery that comes into the queue is due; null when it has to wait for another. */
  const dueTime = (
    instance: InstanceId,
    target: TargetId,
    orderKey: string | undefined,
    now: Micros,
  ): Micros | null => {
    if (orderKey === undefined || isOrdered(instance, target) !== true) return now;
    return deliveries.firstOf(instance, target, orderKey) === undefined ? now : null;
  };

  return {
    ...tables,
    isOrdered,
    dueTime,

    insert(instance: InstanceId, added: readonly NewDelivery[], now: Micros): void {
      if (added.length === 0) return;
      let revision = revisions.take(instance, added.length);
      let pendingCount = 0;
      for (const delivery of added) {
        const { target, orderKey } = delivery;
        const gone = isOrdered(instance, target) === undefined;
        const dueAt = gone ? null : dueTime(instance, target, orderKey, now);
        const pending = pendingFrom(dueAt, revision);
        deliveries.insert(
          instance,
          delivery,
          gone ? { ...pending, state: "cancelled", finishedAt: now } : pending,
        );
        if (dueAt !== null) queues.offer(instance, target, dueAt);
        revision += 1;
        pendingCount += Number(!gone);
      }
      usage.count(instance, { pending: pendingCount, finished: added.length - pendingCount });
    },

    /** Lets the next delivery go that waited for one which is pending no longer. */
    letNextGo({ instance, target, orderKey }: InOrder, now: Micros): void {
      if (orderKey === undefined) return;
      const next = deliveries.firstWaiting(instance, target, orderKey);
      if (next === undefined) return;
      if (deliveries.firstOf(instance, target, orderKey)?.row !== next.row) return;
      const revision = revisions.take(instance, 1);
      deliveries.proceed(next, { ...pendingFrom(now, revision), attempts: next.attempts });
      queues.offer(instance, target, now);
    },
  };
}
