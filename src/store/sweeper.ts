import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../clock.ts";
import type { RetentionSettings } from "../config/retention.ts";
import { type Micros, micros } from "../domain/units.ts";
import { deleteExpiredTargets } from "./expired-targets.ts";
import type { Kept, Store } from "./store.ts";

/** Milliseconds between two sweeps; also how long an expired secret or a temporary target may outlive its end. */
const sweepEvery = 1000;

/** Milliseconds between two looks for what need not be kept any more. */
const pruneEvery = 60_000;

export interface SweeperParts {
  readonly store: Pick<Store, "sweep" | "prune" | "expiredTargets" | "deleteTarget">;
  readonly clock: Clock;
  readonly retention: Omit<RetentionSettings, "deliveryLogBody">;
  /** Told of a failed sweep; the next one tries again. */
  readonly onError: (cause: unknown) => void;
}

/**
 * Deletes what has run out, temporary targets among it, once a second, and what was kept long enough, once
 * a minute, in bounded steps, until stopped.
 *
 * @returns stops sweeping and resolves when a sweep under way is done
 */
export function startSweeper({
  store,
  clock,
  retention,
  onError,
}: SweeperParts): () => Promise<void> {
  const stop = new AbortController();
  const { signal } = stop;
  const sweep = async () => {
    while (!signal.aborted && (await store.sweep(clock())) > 0);
    while (!signal.aborted && (await deleteExpiredTargets(store, clock())) > 0);
  };
  // As much time as a step takes belongs to others, however much there is to delete.
  const prune = async () => {
    for (let more = true; more && !signal.aborted; ) {
      const begin = performance.now();
      more = await store.prune(keptAt(clock(), retention));
      if (more)
        await delay(performance.now() - begin, undefined, { signal }).catch(() => undefined);
    }
  };
  const running = [repeat(sweep, sweepEvery, onError), repeat(prune, pruneEvery, onError)];
  return async () => {
    stop.abort();
    await Promise.all(running.map((end) => end()));
  };
}

/** Runs work again and again, never twice at a time. @returns ends it, and waits for it */
function repeat(
  work: () => Promise<void>,
  every: number,
  onError: (cause: unknown) => void,
): () => Promise<void> {
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= work()
      .catch(onError)
      .finally(() => {
        running = undefined;
      });
  }, every);
  return async () => {
    clearInterval(timer);
    await running;
  };
}

/** What is kept at a time. A deletion is known for as long as deliveries may tell of the target. */
export function keptAt(now: Micros, retention: SweeperParts["retention"]): Kept {
  const from = (milliseconds: number) => micros(Math.max(0, now - milliseconds * 1000));
  const deliveriesFrom = from(retention.keepDeliveries);
  const deletedTargetsFrom = from(Math.max(retention.keepDeletedTargets, retention.keepDeliveries));
  return {
    deliveriesFrom,
    deliveries: retention.keepDeliveriesCount,
    eventIdsFrom: from(retention.keepEventIds),
    changesFrom: from(retention.keepChanges),
    deletedTargetsFrom,
  };
}
