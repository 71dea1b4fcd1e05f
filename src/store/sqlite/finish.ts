import type { Breaker } from "../../domain/breaker.ts";
import type { Delivery } from "../../domain/delivery.ts";
import { type CalledSettings, disabledBy, ownAuthor } from "../../domain/target.ts";
import type { InstanceId, Micros } from "../../domain/units.ts";
import { targetChange } from "../change-contents.ts";
import type { AttemptResult } from "../claims.ts";
import { progressAfter } from "../delivery-progress.ts";
import type { Queue, QueueName } from "../rows/queues.ts";
import type { DeliveryTables } from "./enqueue.ts";
import type { SharedTables, TargetTables } from "./parts.ts";

/** A target among the results of one call, with what is read of it once for all of them. */
interface Called {
  readonly queue: Queue;
  /** Undefined when it is gone, with its instance or alone. */
  settings: CalledSettings | undefined;
  breaker: Breaker;
  /** How many of its deliveries need no further attempt. */
  finished: number;
  /** Whether some of its deliveries wait for others. */
  isWaitedFor: boolean;
}

/** Returns a function that writes what became of attempts, inside the caller's transaction. */
export function createFinisher(
  shared: SharedTables,
  tables: DeliveryTables,
  targetTables: TargetTables,
) {
  const { deliveries, leases, attempts, queues } = tables;
  const { instances } = shared;
  const { targets } = targetTables;
  const { end, settle } = afterAttempt(tables);
  const disable = disabler(shared, targetTables);

  return (results: readonly AttemptResult[], now: Micros): readonly boolean[] => {
    const calledOf = remembered(({ instance, target }: QueueName): Called => {
      const queue = queues.read(instance, target);
      const lives = instances.exists(instance);
      return {
        ...{ queue, breaker: queue.breaker, finished: 0 },
        settings: lives ? targets.calledSettings(instance, target) : undefined,
        isWaitedFor: deliveries.isWaiting(instance, target),
      };
    });
    const nextRevision = numbering(tables, results.length);
    const finish = ({ claim, attempt, decide }: AttemptResult): boolean => {
      const { row, fence } = claim;
      const { instance } = claim.delivery;
      const called = calledOf.get(claim.delivery);
      const { settings, breaker } = called;
      if (settings === undefined || !leases.end(row, fence)) return false;
      // While it is claimed, nobody else proceeds with it.
      const { delivery } = claim;
      const decision = decide({ delivery, settings, breaker });
      called.breaker = decision.breaker;
      attempts.add(row, attempt);
      const progress = progressAfter(delivery.attempts, decision, now);
      deliveries.proceed({ row }, { ...progress, revision: nextRevision(instance) });
      if (decision.state !== "pending") end(called, delivery, now);
      if (decision.disable !== undefined) disableTarget(delivery, decision.disable);
      return true;
    };
    const disableTarget = (cause: Delivery, reason: string) => {
      disable(cause, reason, now);
      calledOf.get(cause).settings = targets.calledSettings(cause.instance, cause.target);
      // The event of it may wait for any of these.
      for (const called of calledOf.all()) called.isWaitedFor = true;
    };
    const written = results.map(finish);
    for (const called of calledOf.all()) settle(called, now);
    return written;
  };
}

/** Reads the state of each target once. */
function remembered(read: (name: QueueName) => Called) {
  const known = new Map<string, Called>();
  return {
    get({ instance, target }: QueueName): Called {
      const name = `${instance}/${target}`;
      const called = known.get(name) ?? read({ instance, target });
      known.set(name, called);
      return called;
    },
    all: () => known.values(),
  };
}

/** Returns a function that gives revisions, which are taken for all results at once. */
function numbering({ revisions }: DeliveryTables, results: number) {
  const next = new Map<InstanceId, number>();
  return (instance: InstanceId): number => {
    const revision = next.get(instance) ?? revisions.take(instance, results);
    next.set(instance, revision + 1);
    return revision;
  };
}

function afterAttempt(tables: DeliveryTables) {
  const { leases, queues, usage } = tables;
  return {
    /** To be called when there will be no further attempt. */
    end(called: Called, delivery: Delivery, now: Micros): void {
      called.finished += 1;
      if (called.isWaitedFor) tables.letNextGo(delivery, now);
    },

    /** Fewer calls are under way, so there may be something to take now. */
    settle({ queue, breaker, finished }: Called, now: Micros): void {
      const { instance, target, nextLookAt } = queue;
      if (finished > 0) usage.count(instance, { pending: -finished, finished });
      if (breaker.state === "open") {
        queues.setBreaker(queue, breaker);
        queues.hold(queue, breaker.openUntil ?? now);
        return;
      }
      const nextDue = leases.nextDue(instance, target, now);
      // Whoever has its turn keeps it; otherwise a long queue would always come before the others.
      const at = nextDue && Math.min(nextLookAt ?? Infinity, Math.max(nextDue, now));
      queues.settle(queue, breaker, at);
    },
  };
}

function disabler({ changes }: SharedTables, { targets }: TargetTables) {
  return (cause: Delivery, reason: string, now: Micros): void => {
    const { instance, target: id, depth, traceparent } = cause;
    const current = targets.read(instance, id, now);
    if (current === undefined || current.settings.disabled) return;
    const { next, fields } = disabledBy(reason, current, now);
    const link = targets.replace(instance, next, changes.next(instance));
    // Whoever enables it again in answer to the event must not make it go round for ever.
    const chain = () => ({ depth: depth + 1, traceparent });
    const content = targetChange(id, "changed", fields);
    const by = { author: ownAuthor, at: now, chain };
    changes.add(instance, by, content, next.changedAt, link);
  };
}
