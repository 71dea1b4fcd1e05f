import type { InstanceId, Micros, TargetId } from "../../domain/units.ts";
import type { DeliveryRow } from "../rows/deliveries.ts";
import type { DeliveryTables } from "./enqueue.ts";

/** Deliveries cancelled in one step, so that the writers of the same transaction do not wait for long. */
const cancelStep = 500;

/** Cancels what has no target any more. Everything runs inside the caller's transaction. */
export interface Canceller {
  cancel(delivery: DeliveryRow, now: Micros): void;
  /** To be called when a target is deleted; what is too much for a step is left to `sweep`. */
  cancelAll(instance: InstanceId, target: TargetId, now: Micros): void;
  /** Goes on with what is left of deleted targets, and tells how many it cancelled. */
  sweep(now: Micros): number;
}

export function createCanceller(tables: DeliveryTables): Canceller {
  const { deliveries, leases, queues, revisions, usage } = tables;
  const end = (delivery: DeliveryRow, now: Micros, revision: number) => {
    leases.drop(delivery);
    deliveries.proceed(delivery, {
      state: "cancelled",
      attempts: delivery.attempts,
      dueAt: null,
      finishedAt: now,
      revision,
    });
  };
  const step = (instance: InstanceId, target: TargetId, now: Micros): number => {
    const pending = deliveries.pending(instance, target, cancelStep);
    const revision = pending.length > 0 ? revisions.take(instance, pending.length) : 0;
    pending.forEach((delivery, index) => void end(delivery, now, revision + index));
    usage.count(instance, { pending: -pending.length, finished: pending.length });
    queues.setCancelling(instance, target, pending.length === cancelStep);
    return pending.length;
  };
  return {
    cancel(delivery, now) {
      const { instance_id: instance } = delivery;
      end(delivery, now, revisions.take(instance, 1));
      usage.count(instance, { pending: -1, finished: 1 });
    },
    cancelAll: (instance, target, now) => void step(instance, target, now),
    sweep(now) {
      const next = queues.cancelling();
      return next === undefined ? 0 : step(next.instance, next.target, now);
    },
  };
}
