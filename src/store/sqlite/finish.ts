import type { AttemptRecord } from "../../domain/delivery.ts";
import { changeDate } from "../../domain/target.ts";
import type { InstanceId, Micros, TargetId } from "../../domain/units.ts";
import type { AttemptDecision, ClaimedDelivery, DeliveryStore } from "../delivery-store.ts";
import type { Queue } from "./delivery-queues.ts";
import type { DeliveryRow } from "./delivery-rows.ts";
import type { DeliveryTables } from "./enqueue.ts";
import type { ReadCallable } from "./execution-actions.ts";
import type { SharedTables, TargetTables } from "./parts.ts";
import { targetChange } from "./target-change.ts";

/** Returns a function that writes what became of an attempt, inside the caller's transaction. */
export function createFinisher(
  shared: SharedTables,
  tables: DeliveryTables,
  targetTables: TargetTables,
  readCallable: ReadCallable,
) {
  const { deliveries, attempts, queues } = tables;
  const { proceed, settle } = afterAttempt(tables);
  const disable = disabler(shared, targetTables);

  /** The delivery of a claim, as long as the worker holds it. */
  const held = ({ delivery, fence }: Pick<ClaimedDelivery, "delivery" | "fence">) => {
    const { instance, id } = delivery;
    if (!shared.instances.exists(instance)) return undefined;
    const row = deliveries.read(instance, id);
    return row !== undefined && row.fence === fence && row.leased_until !== null ? row : undefined;
  };

  return (...[claim, attempt, decide, now]: Parameters<DeliveryStore["finishAttempt"]>) => {
    const row = held(claim);
    if (row === undefined) return false;
    const { instance, target } = claim.delivery;
    const callee = readCallable(instance, target, now);
    if (callee === undefined) return false;
    const queue = queues.read(instance, target);
    const delivery = { ...claim.delivery, attempts: row.attempts, revision: row.revision };
    const decision = decide({ delivery, callee, breaker: queue.breaker });
    attempts.add(row.row, attempt satisfies AttemptRecord);
    proceed(row, decision, now);
    if (decision.disable !== undefined) disable(instance, target, decision.disable, now);
    settle(queue, decision, now);
    return true;
  };
}

function afterAttempt(tables: DeliveryTables) {
  const { deliveries, leases, queues, revisions } = tables;
  return {
    proceed(row: DeliveryRow, { state, dueAt }: AttemptDecision, now: Micros): void {
      const pending = state === "pending";
      deliveries.proceed(row, {
        state,
        attempts: row.attempts + 1,
        dueAt: pending ? (dueAt ?? now) : null,
        finishedAt: pending ? null : now,
        revision: revisions.take(row.instance_id, 1),
      });
      if (!pending) tables.letNextGo(row, now);
    },

    /** A call less is under way, so there may be something to take now. */
    settle(queue: Queue, { breaker }: AttemptDecision, now: Micros): void {
      const { instance, target, nextLookAt } = queue;
      queues.setBreaker(queue, breaker);
      if (breaker.state === "open") {
        queues.hold(queue, breaker.openUntil ?? now);
        return;
      }
      const nextDue = leases.nextDue(instance, target);
      if (nextDue === undefined) queues.lookAgain(queue, undefined);
      // Whoever has its turn keeps it; otherwise a long queue would always come before the others.
      else queues.lookAgain(queue, Math.min(nextLookAt ?? Infinity, Math.max(nextDue, now)));
    },
  };
}

/** Who disables targets that fail. */
const author = "targetd";

function disabler({ changes }: SharedTables, { targets }: TargetTables) {
  return (instance: InstanceId, id: TargetId, reason: string, now: Micros): void => {
    const current = targets.read(instance, id, now);
    if (current === undefined || current.target.settings.disabled) return;
    const settings = { ...current.target.settings, disabled: true };
    const next = { ...current.target, settings, changedAt: changeDate(current.target, now) };
    targets.replace(instance, current, next, now);
    const fields = [
      { field: "disabled", old: false, new: true },
      { field: "disabled.reason", old: null, new: reason },
    ];
    changes.add(instance, { author, at: next.changedAt }, targetChange(id, "changed", fields));
  };
}
