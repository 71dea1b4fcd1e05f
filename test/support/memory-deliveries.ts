/** The part of the storage contract that a worker needs, in memory, to the letter. */

import type { WorkerParts } from "../../src/delivery/worker.ts";
import { admittanceOf, afterClaim, type Breaker, newBreaker } from "../../src/domain/breaker.ts";
import type { AttemptRecord, Delivery, NewDelivery } from "../../src/domain/delivery.ts";
import type { CallableTarget } from "../../src/domain/execution.ts";
import type { Target } from "../../src/domain/target.ts";
import { defaultInstance, type Micros, type TargetId } from "../../src/domain/units.ts";
import type { AttemptResult, ClaimedDelivery, ClaimLimits } from "../../src/store/claims.ts";

interface Row {
  delivery: Delivery;
  leasedUntil: Micros | undefined;
  fence: number;
  readonly log: AttemptRecord[];
}

interface Queue {
  callee: CallableTarget;
  breaker: Breaker;
  disabled: "gone" | "failing" | undefined;
  readonly rows: Row[];
}

export interface MemoryDeliveries {
  readonly store: WorkerParts["store"];
  /** Makes a target known, or changes it. */
  put(target: Target): void;
  enqueue(delivery: NewDelivery): void;
  delivery(id: string): { readonly delivery: Delivery; readonly log: readonly AttemptRecord[] };
  /** Of its latest claim. */
  fence(id: string): number;
  all(): readonly Delivery[];
  queue(target: TargetId): Pick<Queue, "breaker" | "disabled">;
}

export function memoryDeliveries(): MemoryDeliveries {
  const queues = new Map<TargetId, Queue>();
  const rows = new Map<string, Row>();
  const queueOf = (target: TargetId): Queue => {
    const queue = queues.get(target);
    if (queue === undefined) throw new Error(`no target ${target}`);
    return queue;
  };
  const rowOf = (id: string): Row => {
    const row = rows.get(id);
    if (row === undefined) throw new Error(`no delivery ${id}`);
    return row;
  };
  const holds = ({ id, fence }: { readonly id: string; readonly fence: number }) => {
    const row = rowOf(id);
    return row.fence === fence && row.leasedUntil !== undefined && row.delivery.state === "pending";
  };
  const claimOf = (queue: Queue, now: Micros, limits: ClaimLimits, room: number) => {
    const allowed = roomOf(queue, now, limits);
    const due = dueRows(queue, now).slice(0, Math.min(room, limits.perTarget, allowed));
    return due.map((row): ClaimedDelivery => {
      const { delivery } = row;
      row.fence++;
      row.leasedUntil = (now + limits.lease) as Micros;
      const { fence, leasedUntil } = row;
      return { delivery, row: 0, callee: queue.callee, fence, leasedUntil };
    });
  };
  const finish = ({ claim, attempt, decide }: AttemptResult, now: Micros): boolean => {
    const { delivery, fence } = claim;
    if (!holds({ id: delivery.id, fence })) return false;
    const row = rowOf(delivery.id);
    const queue = queueOf(delivery.target);
    const { callee, breaker } = queue;
    const decision = decide({ delivery: row.delivery, settings: callee.target.settings, breaker });
    queue.breaker = decision.breaker;
    queue.disabled ??= decision.disable;
    row.log.push(attempt);
    row.leasedUntil = undefined;
    row.delivery = {
      ...row.delivery,
      state: decision.state,
      attempts: row.delivery.attempts + 1,
      dueAt: decision.dueAt,
      finishedAt: decision.state === "pending" ? undefined : now,
    };
    return true;
  };
  const store: MemoryDeliveries["store"] = {
    async claimDeliveries(now, limits) {
      const claims: ClaimedDelivery[] = [];
      for (const queue of limits.active ? byAge([...queues.values()], now) : []) {
        claims.push(...claimOf(queue, now, limits, limits.total - claims.length));
      }
      return claims;
    },
    async renewClaims(claims, now, leasedUntil) {
      const kept = claims.filter(
        (claim) => holds(claim) && (rowOf(claim.id).leasedUntil ?? 0) > now,
      );
      for (const { id } of kept) rowOf(id).leasedUntil = leasedUntil;
      return kept.map(({ id }) => id);
    },
    finishAttempts: async (results, now) => results.map((result) => finish(result, now)),
    async releaseClaims(claims, dueAt) {
      for (const { id } of claims.filter(holds)) {
        const row = rowOf(id);
        row.leasedUntil = undefined;
        row.delivery = { ...row.delivery, dueAt };
      }
    },
    async nextDue() {
      const times = [...queues.values()].flatMap((queue) => nextLook(queue) ?? []);
      return times.length === 0 ? undefined : (Math.min(...times) as Micros);
    },
  };
  return {
    store,
    put(target) {
      const callee = { target, encryptionKey: undefined };
      const known = queues.get(target.id);
      if (known !== undefined) known.callee = callee;
      else {
        queues.set(target.id, { callee, breaker: newBreaker(), disabled: undefined, rows: [] });
      }
    },
    enqueue(given) {
      const delivery: Delivery = {
        ...given,
        instance: defaultInstance,
        ...{ state: "pending", attempts: 0, dueAt: given.createdAt },
        ...{ finishedAt: undefined, revision: rows.size },
      };
      const row: Row = { delivery, leasedUntil: undefined, fence: 0, log: [] };
      rows.set(given.id, row);
      queueOf(given.target).rows.push(row);
    },
    delivery: rowOf,
    fence: (id) => rowOf(id).fence,
    all: () => [...rows.values()].map(({ delivery }) => delivery),
    queue: queueOf,
  };

  /** How many more may be under way; half-opens the breaker. */
  function roomOf(queue: Queue, now: Micros, { perTarget, allowance }: ClaimLimits): number {
    if (isOff(queue) || dueRows(queue, now).length === 0) return 0;
    const { calls } = admittanceOf(queue.breaker, now);
    if (calls > 0) queue.breaker = afterClaim(queue.breaker);
    const most = queue.callee.target.settings.deliveryPolicy?.maxConcurrency || perTarget;
    const busy = queue.rows.filter(({ leasedUntil = 0 }) => leasedUntil > now).length;
    const room = allowance?.(queue.callee.target, defaultInstance).calls ?? most;
    return Math.max(0, Math.min(Math.min(calls, most) - busy, room));
  }
}

function isOff({ callee, disabled }: Queue): boolean {
  return disabled !== undefined || callee.target.settings.disabled;
}

function isPending({ delivery }: Row): boolean {
  return delivery.state === "pending";
}

function dueAt({ delivery, leasedUntil }: Row): number {
  return leasedUntil ?? delivery.dueAt ?? Number.POSITIVE_INFINITY;
}

/** Those whose turn it is: in an order only the first one that is pending. */
function candidates(queue: Queue): Row[] {
  const pending = queue.rows.filter(isPending);
  if (!queue.callee.target.settings.ordered) return pending;
  const keys = new Set<string>();
  return pending.filter(({ delivery: { orderKey } }) => {
    if (orderKey === undefined) return true;
    return keys.size < keys.add(orderKey).size;
  });
}

function dueRows(queue: Queue, now: Micros): Row[] {
  const due = candidates(queue).filter((row) => dueAt(row) <= now);
  return due.sort((a, b) => dueAt(a) - dueAt(b));
}

function byAge(queues: readonly Queue[], now: Micros): Queue[] {
  const age = (queue: Queue) => dueRows(queue, now).map(dueAt)[0] ?? Number.POSITIVE_INFINITY;
  return [...queues].sort((a, b) => age(a) - age(b));
}

function nextLook(queue: Queue): number | undefined {
  const next = Math.min(...candidates(queue).map(dueAt));
  if (isOff(queue) || next === Number.POSITIVE_INFINITY) return undefined;
  return Math.max(next, queue.breaker.openUntil ?? 0);
}
