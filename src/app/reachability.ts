/** Keeps the health that is told true to whether the store can be reached. */
import { setTimeout as delay } from "node:timers/promises";
import type { ServingState } from "../server/serving-state.ts";
import type { Store } from "../store/store.ts";
import type { Logger } from "../telemetry/log.ts";

/**
 * Milliseconds between two looks, those after which a look has failed, and those until the log is told again of a
 * store that stays away. A store that has an opinion of its own gives it sooner than the limit.
 */
const times = { pause: 1_000, limit: 5_000, reminder: 60_000 } as const;

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
 * Looks again and again, and sets the serving state to what it finds. The log has a line for each change, and
 * one a minute for as long as the store stays away.
 *
 * @returns ends that, and leaves the state alone from then on
 */
export function followStore({
  store,
  serving,
  log,
  now = () => performance.now(),
  pause = times.pause,
}: {
  readonly store: Pick<Store, "ping">;
  readonly serving: Pick<ServingState, "serving" | "set">;
  readonly log: Pick<Logger, "info" | "error">;
  /** Milliseconds that never go back. */
  readonly now?: () => number;
  readonly pause?: number;
}): () => void {
  const stopping = new AbortController();
  const { signal } = stopping;
  let lostAt: number | undefined;
  let told = 0;
  const tell = (cause: { readonly err: unknown } | undefined) => {
    const seconds = Math.round((now() - (lostAt ?? now())) / 1000);
    if (cause === undefined) log.info({ seconds }, "the store can be reached again");
    else if (seconds === 0) log.error(cause, "the store cannot be reached: not ready until it can");
    else log.error({ ...cause, seconds }, "the store still cannot be reached");
    told = now();
  };
  const look = async () => {
    const cause = await reach(store).then(
      () => undefined,
      (error: unknown) => ({ err: error }),
    );
    if (signal.aborted) return;
    const isChange = serving.serving !== (cause === undefined);
    const isDue = cause !== undefined && now() - told >= times.reminder;
    if (!isChange && !isDue) return;
    serving.set(cause === undefined);
    if (cause !== undefined) lostAt ??= now();
    tell(cause);
    if (cause === undefined) lostAt = undefined;
  };
  const follow = async () => {
    while (!signal.aborted) {
      await look();
      await delay(pause, undefined, { signal, ref: false }).catch(() => undefined);
    }
  };
  void follow();
  return () => stopping.abort();
}
