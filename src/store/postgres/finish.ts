/** What came of claims. The results of one call are written together, by a constant number of round trips. */
import type { Breaker } from "../../domain/breaker.ts";
import type { CalledSettings } from "../../domain/target.ts";
import type { InstanceId, Micros } from "../../domain/units.ts";
import type { AttemptResult } from "../claims.ts";
import { progressAfter } from "../delivery-progress.ts";
import type { DeliveryStore } from "../delivery-store.ts";
import type { DeliveryRow } from "../rows/deliveries.ts";
import type { Queue } from "../rows/queues.ts";
import { addAttempts } from "./attempts.ts";
import { Again } from "./database.ts";
import { proceed, type Step } from "./deliveries.ts";
import { lockExistingQueues, makeQueues, queueKey, setBreaker } from "./delivery-queues.ts";
import { type Disabling, prepareDisablings, type Reasons } from "./disable.ts";
import { holdInstances } from "./instances.ts";
import { held, names, nextDueOnce, qualified } from "./leases.ts";
import type { PostgresStoreParts } from "./parts.ts";
import { createRecorder, type Recorder } from "./publish.ts";
import type { Transaction } from "./session.ts";
import { findCalledSettings } from "./targets.ts";

type Finish = DeliveryStore["finishAttempts"];

/** A target among the results of one call. */
interface Called {
  readonly queue: Queue;
  /** Undefined when it is gone. */
  settings: CalledSettings | undefined;
  breaker: Breaker;
}

/**
 * Targets are locked before queues, but that one is to be disabled is only known when its queue is locked. So
 * this hardly ever begins again, to lock the target first.
 */
export function createFinisher(parts: PostgresStoreParts): Finish {
  const recorder = createRecorder(parts);
  return (results, now) => {
    const reasons: Reasons = new Map();
    return parts.db.write(async (transaction) => {
      const disablings = await prepareDisablings(transaction, { parts, recorder }, reasons, now);
      const state = await lookUp(transaction, { results, disablings });
      const steps = new Map<InstanceId, Step[]>();
      const written = results.map((result, index) => {
        const row = state.rows.get(index);
        const called = state.called.get(queueKey(result.claim.delivery));
        if (row === undefined || called?.settings === undefined) return undefined;
        return decide({ result, row, called, disablings, reasons, now }, steps);
      });
      if ([...reasons.keys()].some((key) => !disablings.has(key))) {
        throw new Again("a target has to be locked first");
      }
      // A change of a target is told to others, by a number that must not be given again.
      if (disablings.size === 0) transaction.soon();
      addAttempts(
        transaction,
        written.flatMap((attempt) => attempt ?? []),
      );
      for (const { queue, breaker } of state.called.values()) {
        if (breaker !== queue.breaker) setBreaker(transaction, queue, breaker);
      }
      await writeSteps(transaction, { recorder, disablings, steps, now });
      settle(transaction, [...state.called.values()], now);
      return written.map((attempt) => attempt !== undefined);
    });
  };
}

interface Situation {
  readonly result: AttemptResult;
  readonly row: DeliveryRow;
  readonly called: Called;
  readonly disablings: ReadonlyMap<string, Disabling>;
  readonly reasons: Reasons;
  readonly now: Micros;
}

/** Lets the worker decide, and takes note of it. */
function decide(
  { result, row, called, disablings, reasons, now }: Situation,
  steps: Map<InstanceId, Step[]>,
) {
  const { instance, target } = result.claim.delivery;
  const { attempts, revision } = row;
  const { settings, breaker } = called;
  if (settings === undefined) return undefined;
  const delivery = { ...result.claim.delivery, attempts, revision };
  const decision = result.decide({ delivery, settings, breaker });
  called.breaker = decision.breaker;
  const progress = progressAfter(attempts, decision, now);
  steps.set(instance, [...(steps.get(instance) ?? []), { row, progress }]);
  if (decision.disable !== undefined) {
    const key = queueKey({ instance, target });
    const { disable: reason } = decision;
    if (!reasons.has(key)) reasons.set(key, { instance, target, reason, cause: delivery });
    const disabled = disablings.get(key)?.disable();
    if (disabled !== undefined) called.settings = disabled.settings;
  }
  return { delivery: row.row, attempt: result.attempt };
}

interface Wanted {
  readonly results: readonly AttemptResult[];
  readonly disablings: ReadonlyMap<string, Disabling>;
}

/** Locks and reads everything that the results are about. */
async function lookUp(transaction: Transaction, { results, disablings }: Wanted) {
  const claimed = results.map(({ claim }) => claim.delivery);
  const queueNames = [...new Map(claimed.map((each) => [queueKey(each), each])).values()];
  const told = [...disablings.values()].flatMap(({ hearers }) => hearers);
  for (const [instance, queues] of Map.groupBy(told, (queue) => queue.instance)) {
    const targets = queues.map(({ target }) => target);
    makeQueues(transaction, instance, targets);
  }
  const claims = results.map(({ claim: { delivery, fence } }) => ({ ...delivery, fence }));
  const [living, queues, rows, settings] = await Promise.all([
    holdInstances(transaction, [...new Set(claimed.map(({ instance }) => instance))]),
    lockExistingQueues(transaction, [...queueNames, ...told]),
    transaction.rows<DeliveryRow & { readonly place: number }>(
      `SELECT ${qualified}, claim.place FROM leases ${held}
       ORDER BY deliveries.row FOR NO KEY UPDATE OF deliveries`,
      names(claims),
    ),
    findCalledSettings(transaction, queueNames),
  ]);
  const own = new Set(queueNames.map(queueKey));
  return {
    /** By the place of the result; those that are no longer the worker's are missing. */
    rows: new Map(
      rows.flatMap((row) => (living.has(row.instance_id) ? [[row.place - 1, row] as const] : [])),
    ),
    called: new Map(
      queues
        .filter((queue) => own.has(queueKey(queue)))
        .map((queue): [string, Called] => {
          const key = queueKey(queue);
          return [key, { queue, settings: settings.get(key), breaker: queue.breaker }];
        }),
    ),
  };
}

interface Written {
  readonly recorder: Recorder;
  readonly disablings: ReadonlyMap<string, Disabling>;
  readonly steps: ReadonlyMap<InstanceId, readonly Step[]>;
  readonly now: Micros;
}

/** Instance by instance, as its counters are locked. */
async function writeSteps(
  transaction: Transaction,
  { recorder, disablings, steps, now }: Written,
): Promise<void> {
  for (const instance of [...steps.keys()].sort()) {
    const disabled = [...disablings.values()].filter(
      (each) => each.instance === instance && each.isDisabled(),
    );
    await recorder.record(
      transaction,
      instance,
      disabled.flatMap((each) => each.write()),
    );
    proceed(transaction, instance, steps.get(instance) ?? [], now);
  }
}

/** Fewer calls are under way, so there may be something to take now. */
function settle(transaction: Transaction, called: readonly Called[], now: Micros): void {
  const [instance, target] = ["delivery_queues.instance_id", "delivery_queues.target_id"];
  // Whoever has its turn keeps it; otherwise a long queue would always come before the others.
  transaction.send(
    `UPDATE delivery_queues SET hold_until = coalesce(settled.open_until, 0),
       next_look_at = CASE WHEN settled.open_until IS NOT NULL THEN settled.open_until
         ELSE (SELECT least(settled.look_at, greatest(next.at, $5::bigint))
           FROM ${nextDueOnce(instance, target, "$5")} AS next
           WHERE next.at IS NOT NULL) END
     FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])
       AS settled (instance_id, target_id, look_at, open_until)
     WHERE delivery_queues.instance_id = settled.instance_id
       AND delivery_queues.target_id = settled.target_id`,
    [
      called.map(({ queue }) => queue.instance),
      called.map(({ queue }) => queue.target),
      called.map(({ queue }) => queue.nextLookAt ?? null),
      called.map(({ breaker }) => (breaker.state === "open" ? (breaker.openUntil ?? now) : null)),
      now,
    ],
  );
}
