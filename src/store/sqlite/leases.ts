import type Database from "better-sqlite3";
import type { InstanceId, Micros, TargetId } from "../../domain/units.ts";
import { type DeliveryRow, deliveryColumns } from "../rows/deliveries.ts";
import { steady } from "./steady.ts";

/** A claim as a worker names it. */
export interface ClaimName {
  readonly id: string;
  readonly instance: InstanceId;
  readonly fence: number;
}

/** A delivery, by its row, that was claimed. */
export interface Claimed {
  readonly row: number;
  readonly target: TargetId;
}

/** What is under way to a target. */
export interface UnderWay {
  readonly count: number;
  /** When the first of their leases ends; null when there are none. */
  readonly firstEnd: number | null;
}

/** A delivery with what its target is told. */
export interface DueRow extends DeliveryRow {
  readonly context: string;
}

/** Who holds deliveries, and which can be taken. Everything runs inside the caller's transaction. */
export interface LeaseTable {
  /** Deliveries that are due and that nobody holds, longest first. */
  due(instance: InstanceId, target: TargetId, now: Micros, limit: number): readonly DueRow[];
  /**
   * When the next delivery of a target can be taken, unless those under way end before; undefined when
   * none will by itself.
   */
  nextDue(instance: InstanceId, target: TargetId, now: Micros): number | undefined;
  underWay(instance: InstanceId, target: TargetId, now: Micros): UnderWay;
  /** Whether a lease of a delivery has not ended. */
  isHeld(delivery: DeliveryRow, now: Micros): boolean;
  /** @returns the fence of the claim */
  take(delivery: DeliveryRow, until: Micros): number;
  /** Tells whether the claim still was the worker's. */
  renew(claim: ClaimName, now: Micros, until: Micros): boolean;
  /** Ends a claim, and tells what was claimed; undefined when it no longer was the worker's. */
  release(claim: ClaimName): Claimed | undefined;
  /** Ends a claim by the row of what was claimed; false when it no longer was the worker's. */
  end(row: number, fence: number): boolean;
  /** Ends whatever claim there is: what the worker that holds the delivery does, no longer counts. */
  drop(delivery: DeliveryRow): void;
}

const free = `NOT EXISTS (SELECT 1 FROM leases WHERE delivery = deliveries.row AND until > ?)`;

export const leaseSql = {
  due: steady(`SELECT ${deliveryColumns}, coalesce(context, '') AS context FROM deliveries
    LEFT JOIN delivery_contexts ON delivery_contexts.delivery = deliveries.row
    WHERE instance_id = ? AND target_id = ? AND state = 'pending' AND due_at <= ? AND ${free}
    ORDER BY due_at LIMIT ?`),
  nextDue: steady(`SELECT due_at FROM deliveries
    WHERE instance_id = ? AND target_id = ? AND state = 'pending' AND due_at IS NOT NULL
      AND ${free}
    ORDER BY due_at LIMIT 1`),
  underWay: `SELECT count(*) AS count, min(until) AS firstEnd FROM leases
    WHERE instance_id = ? AND target_id = ? AND until > ?`,
} as const;

type OfTarget = [instance: string, target: string, now: number];

/** A lease ends with the process, and so does a table of this kind: nothing of it is written to the disk. */
export const leaseTable = `
  CREATE TEMP TABLE leases (
    delivery INTEGER PRIMARY KEY,
    instance_id TEXT NOT NULL,
    target_id TEXT NOT NULL,
    until INTEGER NOT NULL,
    fence INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX temp.leases_target ON leases (instance_id, target_id, until);`;

export function createLeaseTable(db: Database.Database): LeaseTable {
  // Only from here on: migrations and VACUUM need temporary files that may be as large as the database.
  db.pragma("temp_store = MEMORY");
  db.exec(leaseTable);
  const selectDue = db.prepare<[string, string, number, number, number], DueRow>(leaseSql.due);
  const selectNextDue = db.prepare<OfTarget, number>(leaseSql.nextDue).pluck();
  const selectUnderWay = db.prepare<OfTarget, UnderWay>(leaseSql.underWay);
  const selectHeld = db
    .prepare<[number, number], number>("SELECT 1 FROM leases WHERE delivery = ? AND until > ?")
    .pluck();
  const insert = db.prepare<[number, string, string, number, number]>(
    `INSERT OR REPLACE INTO leases (delivery, instance_id, target_id, until, fence)
     VALUES (?, ?, ?, ?, ?)`,
  );
  const held =
    "delivery = (SELECT row FROM deliveries WHERE instance_id = ? AND id = ?) AND fence = ?";
  const extend = db.prepare<[number, string, string, number, number]>(
    `UPDATE leases SET until = ? WHERE ${held} AND until > ?`,
  );
  const release = db.prepare<[string, string, number], Claimed>(
    `DELETE FROM leases WHERE ${held} RETURNING delivery AS row, target_id AS target`,
  );
  const end = db.prepare<[number, number]>("DELETE FROM leases WHERE delivery = ? AND fence = ?");
  const drop = db.prepare<[number]>("DELETE FROM leases WHERE delivery = ?");
  let latestFence = 0;

  const underWay = (instance: InstanceId, target: TargetId, now: Micros): UnderWay =>
    selectUnderWay.get(instance, target, now) ?? { count: 0, firstEnd: null };

  return {
    due: (instance, target, now, limit) => selectDue.all(instance, target, now, now, limit),
    nextDue(instance, target, now) {
      const next = selectNextDue.get(instance, target, now) ?? Infinity;
      // No lease that holds ends before now.
      if (next <= now) return next;
      const { firstEnd } = underWay(instance, target, now);
      const first = Math.min(next, firstEnd ?? Infinity);
      return first === Infinity ? undefined : first;
    },
    underWay,
    isHeld: ({ row }, now) => selectHeld.get(row, now) !== undefined,
    take({ row, instance_id: instance, target_id: target }, until) {
      latestFence += 1;
      insert.run(row, instance, target, until, latestFence);
      return latestFence;
    },
    renew: ({ instance, id, fence }, now, until) =>
      extend.run(until, instance, id, fence, now).changes > 0,
    release: ({ instance, id, fence }) => release.get(instance, id, fence),
    end: (row, fence) => end.run(row, fence).changes > 0,
    drop: ({ row }) => void drop.run(row),
  };
}
