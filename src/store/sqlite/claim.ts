import { afterClaim } from "../../domain/breaker.ts";
import { type Micros, micros } from "../../domain/units.ts";
import { callsAtOnce, featurePause, spareLooks, unreadablePause } from "../claim-rules.ts";
import type { ClaimedDelivery, ClaimLimits, OnUnreadable } from "../claims.ts";
import { toDelivery } from "../rows/deliveries.ts";
import type { Queue } from "../rows/queues.ts";
import { StoreError } from "../store.ts";
import type { DeliveryTables } from "./enqueue.ts";
import { toStoreError } from "./errors.ts";
import type { ReadCallable } from "./execution-actions.ts";
import type { InstanceTable } from "./instances.ts";
import type { DueRow } from "./leases.ts";

/** Returns a function that takes due deliveries inside the caller's transaction. */
export function createClaimer(
  instances: InstanceTable,
  tables: DeliveryTables,
  readCallable: ReadCallable,
) {
  const { queues } = tables;
  const claimOf = queueClaimer(tables, readCallable);
  const isActive = ({ instance }: Queue, limits: ClaimLimits): boolean =>
    instances.feature(instance, "actions") ?? limits.active;

  return (
    now: Micros,
    limits: ClaimLimits,
    onUnreadable: OnUnreadable,
  ): readonly ClaimedDelivery[] => {
    const claims: ClaimedDelivery[] = [];
    for (const queue of queues.toLookAt(now, limits.total + spareLooks)) {
      if (claims.length >= limits.total) break;
      if (!instances.exists(queue.instance)) queues.hold(queue, "changed");
      else if (!isActive(queue, limits)) queues.hold(queue, now + featurePause);
      else {
        const wanted = { ...limits, total: limits.total - claims.length };
        claims.push(...claimOf(queue, now, wanted, onUnreadable));
      }
    }
    return claims;
  };
}

/** Returns a function that claims from one queue, and says when to look at it again. */
function queueClaimer(tables: DeliveryTables, readCallable: ReadCallable) {
  const { queues, leases } = tables;
  const readOf = carefulReader(readCallable);

  /** Who is called, and how many calls may be under way; undefined after a queue that may not be claimed was held. */
  const admit = (queue: Queue, now: Micros, onUnreadable: OnUnreadable) => {
    const callee = readOf(queue, now, onUnreadable);
    if (callee === "unreadable") return hold(queue, now + unreadablePause);
    if (callee === undefined || callee.target.settings.disabled) return hold(queue, "changed");
    const { calls, heldUntil } = callsAtOnce(
      queue.breaker,
      callee.target.settings.deliveryPolicy,
      now,
    );
    return heldUntil === undefined ? { callee, calls } : hold(queue, heldUntil);
  };
  const hold = (queue: Queue, until: number | "changed"): undefined => {
    queues.hold(queue, until);
  };

  return (
    queue: Queue,
    now: Micros,
    { total, perTarget, lease, allowance }: ClaimLimits,
    onUnreadable: OnUnreadable,
  ): readonly ClaimedDelivery[] => {
    const admitted = admit(queue, now, onUnreadable);
    if (admitted === undefined) return [];
    const { callee, calls } = admitted;
    const { instance, target } = queue;
    const underWay = leases.underWay(instance, target, now);
    const free = Math.max(0, calls - underWay.count);
    const until = micros(now + lease);
    const allowed = allowance?.(callee.target, instance) ?? unlimited;
    const room = Math.min(free, Math.max(0, allowed.calls));
    const due = leases.due(instance, target, now, Math.min(room, perTarget, total));
    if (due.length > 0 && queue.breaker.state === "open") {
      queues.setBreaker(queue, afterClaim(queue.breaker));
    }
    const claim = (row: DueRow): ClaimedDelivery => {
      const delivery = toDelivery(row, row.context);
      const fence = leases.take(row, until);
      return { delivery, row: row.row, callee, fence, leasedUntil: until };
    };
    const claims = due.map(claim);
    if (due.length === free) hold(queue, Math.min(underWay.firstEnd ?? until, until));
    else if (due.length === room) hold(queue, Math.max(now, allowed.nextAt));
    else queues.endTurn(queue, later(leases.nextDue(instance, target, now), now));
    return claims;
  };
}

const unlimited = { calls: Number.POSITIVE_INFINITY, nextAt: micros(0) };

/** Returns a reader for which a target that is damaged, or has a secret that does not open, is no reason to fail. */
function carefulReader(readCallable: ReadCallable) {
  return ({ instance, target }: Queue, now: Micros, onUnreadable: OnUnreadable) => {
    try {
      return readCallable(instance, target, now);
    } catch (error) {
      const cause = toStoreError(error);
      if (!(cause instanceof StoreError && cause.code === "broken")) throw error;
      onUnreadable({ instance, target }, cause);
      return "unreadable";
    }
  };
}

/** A queue with more to give stands behind those that wait already. */
const later = (dueAt: number | undefined, now: Micros): number | undefined =>
  dueAt === undefined ? undefined : Math.max(dueAt, now);
