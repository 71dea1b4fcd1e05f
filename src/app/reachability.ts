/** Keeps the health that is told true to whether the store can be reached. */
import { setTimeout as delay } from "node:timers/promises";
import type { ServingState } from "../server/serving-state.ts";
import type { Store } from "../store/store.ts";
import type { Logger } from "../telemetry/log.ts";

/** Milliseconds between two looks, and those after which a look has failed. */
const times = { pause: 1_000, limit: 5_000 } as const;

/**
 * Asks the store for an answer. Resolves when there is one in time.
 *
 * @throws StoreError; the reason of an AbortSignal.timeout
 */
export async function reach(store: Pick<Store, "ping">): Promise<void> {
  const limit = AbortSignal.timeout(times.limit);
  const { promise: late, reject } = Promise.withResolvers<never>();
  const onLimit = () => reject(limit.reason);
  limit.addEventListener("abort", onLimit);
  try {
    await Promise.race([store.ping(), late]);
  } finally {
    limit.removeEventListener("abort", onLimit);
  }
}

/**
 * Looks again and again, and sets the serving state to what it finds; the log has a line for each change.
 *
 * @returns ends that, and leaves the state alone from then on
 */
export function followStore({
  store,
  serving,
  log,
}: {
  readonly store: Pick<Store, "ping">;
  readonly serving: Pick<ServingState, "serving" | "set">;
  readonly log: Pick<Logger, "info" | "error">;
}): () => void {
  const stopping = new AbortController();
  const { signal } = stopping;
  const look = async () => {
    const cause = await reach(store).then(
      () => undefined,
      (error: unknown) => ({ err: error }),
    );
    if (signal.aborted || serving.serving === (cause === undefined)) return;
    serving.set(cause === undefined);
    if (cause === undefined) log.info("the store can be reached again");
    else log.error(cause, "the store cannot be reached: not ready until it can");
  };
  const follow = async () => {
    while (!signal.aborted) {
      await look();
      await delay(times.pause, undefined, { signal, ref: false }).catch(() => undefined);
    }
  };
  void follow();
  return () => stopping.abort();
}
