import type Database from "better-sqlite3";
import type { InstanceId, Micros, TargetId } from "../../domain/units.ts";
import { type DeliveryRow, deliveryColumns } from "./delivery-rows.ts";

/** A claim as a worker names it. */
export interface ClaimName {
  readonly id: string;
  readonly instance: InstanceId;
  readonly fence: number;
}

/** What is under way to a target. */
export interface UnderWay {
  readonly count: number;
  /** When the first of their leases ends; null when there are none. */
  readonly firstEnd: number | null;
}

/** Who holds deliveries, and which can be taken. Everything runs inside the caller's transaction. */
export interface LeaseTable {
  /** Deliveries that are due, longest first; those whose lease has ended are among them. */
  due(instance: InstanceId, target: TargetId, now: Micros, limit: number): readonly DeliveryRow[];
  /** When the next delivery of a target comes due; undefined when none will by itself. */
  nextDue(instance: InstanceId, target: TargetId): number | undefined;
  underWay(instance: InstanceId, target: TargetId, now: Micros): UnderWay;
  take(delivery: DeliveryRow, until: number): void;
  /** Tells whether the claim still was the worker's. */
  renew(claim: ClaimName, until: Micros): boolean;
  /** The target of the claim; undefined when it no longer was the worker's. */
  release(claim: ClaimName, dueAt: Micros): TargetId | undefined;
}

export const leaseSql = {
  due: `SELECT ${deliveryColumns} FROM deliveries
    WHERE instance_id = ? AND target_id = ? AND state = 'pending' AND due_at <= ?
    ORDER BY due_at LIMIT ?`,
  nextDue: `SELECT due_at FROM deliveries
    WHERE instance_id = ? AND target_id = ? AND state = 'pending' AND due_at IS NOT NULL
    ORDER BY due_at LIMIT 1`,
  underWay: `SELECT count(*) AS count, min(leased_until) AS firstEnd FROM deliveries
    WHERE instance_id = ? AND target_id = ? AND leased_until > ?`,
} as const;

export function createLeaseTable(db: Database.Database): LeaseTable {
  const selectDue = db.prepare<[string, string, number, number], DeliveryRow>(leaseSql.due);
  const selectNextDue = db.prepare<[string, string], number>(leaseSql.nextDue).pluck();
  const selectUnderWay = db.prepare<[string, string, number], UnderWay>(leaseSql.underWay);
  const lease = db.prepare<[number, number, number]>(
    "UPDATE deliveries SET due_at = ?, leased_until = ?, fence = fence + 1 WHERE row = ?",
  );
  const held = "instance_id = ? AND id = ? AND fence = ? AND leased_until IS NOT NULL";
  const extend = db.prepare<[number, number, string, string, number]>(
    `UPDATE deliveries SET due_at = ?, leased_until = ? WHERE ${held}`,
  );
  const giveBack = db
    .prepare<[number, string, string, number], TargetId>(
      `UPDATE deliveries SET due_at = ?, leased_until = NULL, fence = fence + 1 WHERE ${held}
       RETURNING target_id`,
    )
    .pluck();
  return {
    due: (instance, target, now, limit) => selectDue.all(instance, target, now, limit),
    nextDue: (instance, target) => selectNextDue.get(instance, target),
    underWay: (instance, target, now) =>
      selectUnderWay.get(instance, target, now) ?? { count: 0, firstEnd: null },
    take: ({ row }, until) => void lease.run(until, until, row),
    renew: ({ instance, id, fence }, until) =>
      extend.run(until, until, instance, id, fence).changes > 0,
    release: ({ instance, id, fence }, dueAt) => giveBack.get(dueAt, instance, id, fence),
  };
}
