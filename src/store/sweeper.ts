import type { Clock } from "../clock.ts";
import type { Store } from "./store.ts";

/** Milliseconds between two sweeps; also how long an expired secret may stay on disk. */
const sweepEvery = 1000;

/**
 * Deletes what has run out, once a second and in bounded steps, until stopped.
 *
 * @param onError told of a failed sweep; the next one tries again
 * @returns stops sweeping and resolves when a sweep under way is done
 */
export function startSweeper(
  store: Store,
  clock: Clock,
  onError: (cause: unknown) => void,
): () => Promise<void> {
  let stopped = false;
  let running: Promise<void> | undefined;
  const sweep = async () => {
    while (!stopped && (await store.sweep(clock())) > 0);
  };
  const timer = setInterval(() => {
    running ??= sweep()
      .catch(onError)
      .finally(() => {
        running = undefined;
      });
  }, sweepEvery);
  return async () => {
    stopped = true;
    clearInterval(timer);
    await running;
  };
}
