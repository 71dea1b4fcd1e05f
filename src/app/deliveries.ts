/** Puts together what makes deliveries; a part of the composition root. */
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { FinishedAttempt } from "../delivery/attempt.ts";
import { createDeliveryChanges, type DeliveryChanges } from "../delivery/changes.ts";
import { watchedStore } from "../delivery/watched-store.ts";
import { startWorker, type Worker, type WorkerLimits } from "../delivery/worker.ts";
import type { CallTarget } from "../execution/target-call.ts";
import type { Store } from "../store/store.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Metrics, QueueState } from "../telemetry/metrics.ts";
import type { ServedMetrics } from "./metrics.ts";
import type { OpenedStore } from "./store.ts";
import type { Tracing } from "./tracing.ts";

export interface DeliveryParts extends OpenedStore {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  /** In place of those of the worker. */
  readonly deliveryLimits: Partial<WorkerLimits>;
  readonly measuring: Pick<ServedMetrics, "metrics">;
  readonly tracing: Pick<Tracing, "startSpan">;
}

export interface Deliveries {
  /** The store as all others are to use it, so that the worker and watchers hear of changes. */
  readonly store: Store;
  readonly deliveryChanges: DeliveryChanges;
  start(callTarget: CallTarget): void;
  /** Takes on no more, and waits for calls under way as long as the server's stop may take. */
  stop(): Promise<void>;
}

export function createDeliveries(parts: DeliveryParts): Deliveries {
  const { config, store, deliveryLimits } = parts;
  const { metrics } = parts.measuring;
  const deliveryChanges = createDeliveryChanges();
  metrics.watchQueues(() => queueState(parts));
  let worker: Worker | undefined;
  parts.onWake(() => worker?.wake());
  return {
    deliveryChanges,
    store: watchedStore(store, (instance) => {
      worker?.wake();
      deliveryChanges.notify(instance);
    }),
    start(callTarget) {
      worker = startWorker({
        ...{ ...parts, active: config.featureActions, logBody: config.deliveryLogBody },
        callTarget: counted(callTarget, metrics),
        startSpan: parts.tracing.startSpan,
        limits: { drain: config.shutdownTimeout, ...deliveryLimits },
        onAttempt(finished) {
          measure(finished, metrics);
          deliveryChanges.notify(finished.claim.delivery.instance);
        },
      });
    },
    async stop() {
      await worker?.stop();
    },
  };
}

async function queueState({ store, clock }: DeliveryParts): Promise<QueueState> {
  const { oldestPending, ...counts } = await store.backlog();
  const age = oldestPending === undefined ? 0 : Math.max(0, clock() - oldestPending) / 1e6;
  return { ...counts, oldestPending: age };
}

/** Counts the calls under way. */
function counted(callTarget: CallTarget, { inFlight }: Metrics): CallTarget {
  return async (call) => {
    inFlight(1);
    try {
      return await callTarget(call);
    } finally {
      inFlight(-1);
    }
  };
}

function measure({ claim, attempt, decision }: FinishedAttempt, metrics: Metrics): void {
  const { createdAt, dueAt = attempt.startedAt } = claim.delivery;
  metrics.claimed(Math.max(0, attempt.startedAt - dueAt) / 1e6);
  const outcome = decision.state === "pending" ? "retried" : decision.state;
  if (outcome === "cancelled") return;
  metrics.attempted(outcome, attempt.stage);
  const ended = attempt.startedAt + attempt.duration / 1000;
  if (outcome === "succeeded") metrics.delivered(Math.max(0, ended - createdAt) / 1e6);
}
