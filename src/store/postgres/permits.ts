import type { StoreQueue } from "../store.ts";

/** So many at a time, first come first served. */
export interface Permits {
  /** Those who wait. */
  readonly queue: StoreQueue;
  /**
   * Resolves when it is one's turn, which `give` ends.
   *
   * @throws what `late` makes when that takes too long; what {@link Permits.refuse} was given
   */
  take(): Promise<void>;
  give(): void;
  /** Rejects all who wait. */
  refuse(reason: Error): void;
}

/** @param wait milliseconds to wait at most */
export function createPermits(most: number, wait: number, late: () => Error): Permits {
  /** With when they came, by performance.now(). */
  const waiting = new Map<PromiseWithResolvers<void>, number>();
  let taken = 0;
  return {
    queue: {
      get length() {
        return waiting.size;
      },
      get since() {
        const [first = 0] = waiting.values();
        return first;
      },
    },
    async take() {
      if (taken < most) {
        taken += 1;
        return;
      }
      const turn = Promise.withResolvers<void>();
      waiting.set(turn, performance.now());
      const timer = setTimeout(() => turn.reject(late()), wait);
      try {
        await turn.promise;
      } finally {
        clearTimeout(timer);
        waiting.delete(turn);
      }
    },
    give() {
      const [next] = waiting.keys();
      if (next === undefined) {
        taken -= 1;
        return;
      }
      waiting.delete(next);
      next.resolve();
    },
    refuse(reason) {
      for (const turn of waiting.keys()) turn.reject(reason);
      waiting.clear();
    },
  };
}
