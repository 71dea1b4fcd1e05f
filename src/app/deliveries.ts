/** Puts together what makes deliveries; a part of the composition root. */
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import { createDeliveryChanges, type DeliveryChanges } from "../delivery/changes.ts";
import { watchedStore } from "../delivery/watched-store.ts";
import { startWorker, type Worker, type WorkerLimits } from "../delivery/worker.ts";
import type { CallTarget } from "../execution/target-call.ts";
import type { Store } from "../store/store.ts";
import type { Logger } from "../telemetry/log.ts";

export interface DeliveryParts {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  readonly store: Store;
  /** In place of those of the worker. */
  readonly deliveryLimits: Partial<WorkerLimits>;
}

export interface Deliveries {
  /** The store as all others are to use it, so that the worker and watchers hear of changes. */
  readonly store: Store;
  readonly deliveryChanges: DeliveryChanges;
  /** Lets the worker look for deliveries that are due. */
  readonly wakeWorker: () => void;
  start(callTarget: CallTarget): void;
  /** Takes on no more, and waits for calls under way as long as the server's stop may take. */
  stop(): Promise<void>;
}

export function createDeliveries(parts: DeliveryParts): Deliveries {
  const { config, store, deliveryLimits } = parts;
  const deliveryChanges = createDeliveryChanges();
  let worker: Worker | undefined;
  const wakeWorker = () => worker?.wake();
  return {
    ...{ deliveryChanges, wakeWorker },
    store: watchedStore(store, (instance) => {
      wakeWorker();
      deliveryChanges.notify(instance);
    }),
    start(callTarget) {
      worker = startWorker({
        ...{ ...parts, callTarget, active: config.featureActions },
        limits: { drain: config.shutdownTimeout, ...deliveryLimits },
        onAttempt: ({ claim }) => deliveryChanges.notify(claim.delivery.instance),
      });
    },
    async stop() {
      await worker?.stop();
    },
  };
}
