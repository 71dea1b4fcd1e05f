/** So many at a time, first come first served. */
export interface Permits {
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
  const waiting = new Set<PromiseWithResolvers<void>>();
  let taken = 0;
  return {
    async take() {
      if (taken < most) {
        taken += 1;
        return;
      }
      const turn = Promise.withResolvers<void>();
      waiting.add(turn);
      const timer = setTimeout(() => turn.reject(late()), wait);
      try {
        await turn.promise;
      } finally {
        clearTimeout(timer);
        waiting.delete(turn);
      }
    },
    give() {
      const [next] = waiting;
      if (next === undefined) {
        taken -= 1;
        return;
      }
      waiting.delete(next);
      next.resolve();
    },
    refuse(reason) {
      for (const turn of waiting) turn.reject(reason);
      waiting.clear();
    },
  };
}
