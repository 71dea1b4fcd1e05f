import type Database from "better-sqlite3";
import type { DeliveryState, NewDelivery } from "../../domain/delivery.ts";
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
  /** Writes progress. Who finishes some ends their leases, and counts them. */
  proceed(delivery: Pick<DeliveryRow, "row">, progress: DeliveryProgress): void;
  /** Puts off, or hastens, one that is pending. */
  setDue(delivery: Pick<DeliveryRow, "row">, dueAt: Micros): void;
  /** Makes a finished one pending, and counts it; in its order it stands last. */
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

type Written = [DeliveryState, number, number | null, number | null, number];

function written(progress: DeliveryProgress): Written {
  const { state, attempts, dueAt, finishedAt, revision } = progress;
  return [state, attempts, dueAt, finishedAt, revision];
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
  const progress = "state = ?, attempts = ?, due_at = ?, finished_at = ?, revision = ?";
  const update = db.prepare<[...Written, number]>(
    `UPDATE deliveries SET ${progress} WHERE row = ?`,
  );
  const updateDue = db.prepare<[number, number]>("UPDATE deliveries SET due_at = ? WHERE row = ?");
  const updateLast = db.prepare<[...Written, number, number]>(
    `UPDATE deliveries SET ${progress}, line = ? WHERE row = ?`,
  );
  const selectFirst = db.prepare<[string, string, string], DeliveryRow>(deliverySql.first);
  const selectWaiting = db.prepare<[string, string, string], DeliveryRow>(deliverySql.waiting);
  const selectSomeWaiting = db.prepare<[string, string], number>(deliverySql.someWaiting).pluck();
  const selectPending = db.prepare<[string, string, number], DeliveryRow>(deliverySql.pending);
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
    proceed: (delivery, next) => void update.run(...written(next), delivery.row),
    setDue: ({ row }, dueAt) => void updateDue.run(dueAt, row),
    requeue(delivery, next) {
      updateLast.run(...written(next), next.revision, delivery.row);
      usage.count(delivery.instance_id, { pending: 1, finished: -1 });
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
