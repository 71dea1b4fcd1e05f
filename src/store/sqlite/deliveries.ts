import type Database from "better-sqlite3";
import type { NewDelivery } from "../../domain/delivery.ts";
import type { InstanceId, Micros, TargetId } from "../../domain/units.ts";
import type { Progress } from "../delivery-progress.ts";
import { type DeliveryRow, deliveryColumns } from "../rows/deliveries.ts";
import { steady } from "./steady.ts";
import type { UsageTable } from "./usage.ts";

/** What changes of a delivery over its life, the lease aside. */
export interface DeliveryProgress extends Progress {
  readonly revision: number;
}

/** The rows of deliveries. Everything runs inside the caller's transaction. */
export interface DeliveryTable {
  /** Its place in its order is its revision. Who inserts some counts them. */
  insert(instance: InstanceId, delivery: NewDelivery, progress: DeliveryProgress): void;
  read(instance: InstanceId, id: string): DeliveryRow | undefined;
  context(delivery: DeliveryRow): string;
  /** Writes progress and ends the lease; what the worker that held it does, no longer counts. */
  proceed(delivery: DeliveryRow, progress: DeliveryProgress): void;
  /** Writes progress; a worker whose lease has ended keeps its claim until another one takes over. */
  hasten(delivery: DeliveryRow, progress: DeliveryProgress): void;
  /** Makes a finished one pending; in its order it stands last. */
  requeue(delivery: DeliveryRow, progress: DeliveryProgress): void;
  /** Whether some delivery to a target waits for another. */
  isWaiting(instance: InstanceId, target: TargetId): boolean;
  /** The first one of an order that waits for another. */
  firstWaiting(instance: InstanceId, target: TargetId, orderKey: string): DeliveryRow | undefined;
  /** The first pending one of an order, whether it waits or not. */
  firstOf(instance: InstanceId, target: TargetId, orderKey: string): DeliveryRow | undefined;
  /** Pending ones, whether they are due or not. */
  pending(instance: InstanceId, target: TargetId, limit: number): readonly DeliveryRow[];
}

export const deliverySql = {
  first: steady(`SELECT ${deliveryColumns} FROM deliveries
    WHERE instance_id = ? AND target_id = ? AND order_key = ? AND state = 'pending'
    ORDER BY line LIMIT 1`),
  waiting: steady(`SELECT ${deliveryColumns} FROM deliveries
    WHERE instance_id = ? AND target_id = ? AND order_key = ? AND state = 'pending'
      AND due_at IS NULL
    ORDER BY line LIMIT 1`),
  someWaiting: `SELECT 1 FROM deliveries INDEXED BY deliveries_waiting
    WHERE instance_id = ? AND target_id = ? AND state = 'pending' AND order_key IS NOT NULL
      AND due_at IS NULL LIMIT 1`,
  pending: `SELECT ${deliveryColumns} FROM deliveries INDEXED BY deliveries_due
    WHERE instance_id = ? AND target_id = ? AND state = 'pending' LIMIT ?`,
} as const;

interface WrittenProgress extends DeliveryProgress {
  readonly row: number;
}

export function createDeliveryTable(db: Database.Database, usage: UsageTable): DeliveryTable {
  const insertRow = db.prepare<[Record<string, string | number | null>]>(
    `INSERT INTO deliveries (instance_id, id, target_id, state, attempts, created_at, finished_at,
       due_at, revision, line, condition_id, event_id, event_type, order_key, depth, traceparent)
     VALUES (@instance, @id, @target, @state, @attempts, @createdAt, @finishedAt,
       @dueAt, @revision, @revision, @condition, @eventId, @eventType, @orderKey, @depth, @traceparent)`,
  );
  const insertContext = db.prepare<[number | bigint, string]>(
    "INSERT INTO delivery_contexts (delivery, context) VALUES (?, ?)",
  );
  const selectContext = db
    .prepare<[number], string>("SELECT context FROM delivery_contexts WHERE delivery = ?")
    .pluck();
  const selectOne = db.prepare<[string, string], DeliveryRow>(
    `SELECT ${deliveryColumns} FROM deliveries WHERE instance_id = ? AND id = ?`,
  );
  const progress = `state = @state, attempts = @attempts, due_at = @dueAt,
    finished_at = @finishedAt, revision = @revision`;
  const endLease = db.prepare<[number]>("DELETE FROM leases WHERE delivery = ?");
  const update = db.prepare<[WrittenProgress]>(
    `UPDATE deliveries SET ${progress} WHERE row = @row`,
  );
  const updateLast = db.prepare<[WrittenProgress]>(
    `UPDATE deliveries SET ${progress}, line = @revision WHERE row = @row`,
  );
  const selectFirst = db.prepare<[string, string, string], DeliveryRow>(deliverySql.first);
  const selectWaiting = db.prepare<[string, string, string], DeliveryRow>(deliverySql.waiting);
  const selectSomeWaiting = db.prepare<[string, string], number>(deliverySql.someWaiting).pluck();
  const selectPending = db.prepare<[string, string, number], DeliveryRow>(deliverySql.pending);
  const recount = ({ instance_id, state }: DeliveryRow, next: DeliveryProgress) => {
    const pending = Number(next.state === "pending") - Number(state === "pending");
    if (pending !== 0) usage.count(instance_id, { pending, finished: -pending });
  };
  return {
    insert(instance, delivery, { state, attempts, dueAt, finishedAt, revision }) {
      const { event, orderKey = null, traceparent = null, context, ...rest } = delivery;
      const source = { eventId: event?.id ?? null, eventType: event?.type ?? null, orderKey };
      const values = { instance, state, attempts, dueAt, finishedAt, revision, traceparent };
      const { lastInsertRowid } = insertRow.run({ ...rest, ...source, ...values });
      insertContext.run(lastInsertRowid, context);
    },
    read: (instance, id) => selectOne.get(instance, id),
    context: ({ row }) => selectContext.get(row) ?? "",
    proceed(delivery, next) {
      update.run({ ...next, row: delivery.row });
      endLease.run(delivery.row);
      recount(delivery, next);
    },
    hasten: (delivery, next) => void update.run({ ...next, row: delivery.row }),
    requeue(delivery, next) {
      updateLast.run({ ...next, row: delivery.row });
      recount(delivery, next);
    },
    isWaiting: (instance, target) => selectSomeWaiting.get(instance, target) !== undefined,
    firstWaiting: (instance, target, orderKey) => selectWaiting.get(instance, target, orderKey),
    firstOf: (instance, target, orderKey) => selectFirst.get(instance, target, orderKey),
    pending: (instance, target, limit) => selectPending.all(instance, target, limit),
  };
}

/** A pending delivery that is due at a time. */
export function pendingFrom(dueAt: Micros | number | null, revision: number): DeliveryProgress {
  return { state: "pending", attempts: 0, dueAt, finishedAt: null, revision };
}
