/**
 * Results of attempts on their way to the store. Each write costs an fsync, so those that come close
 * together are written together.
 */
import type { Clock } from "../clock.ts";
import type { AttemptResult } from "../store/claims.ts";
import type { DeliveryStore } from "../store/delivery-store.ts";
import { StoreError } from "../store/store.ts";

export interface Results {
  /** Results that are not written yet. */
  readonly unwritten: number;
  /**
   * Takes a result. Resolves, when it is written, with whether it counts.
   *
   * @throws StoreError as the store
   */
  write(result: AttemptResult): Promise<boolean>;
  /** Begins to write what waits; false when nothing does. */
  flush(): boolean;
}

export interface ResultsParts {
  readonly store: Pick<DeliveryStore, "finishAttempts">;
  readonly clock: Clock;
  /** Told of each result that waits. */
  readonly onGathered: (result: AttemptResult) => void;
}

interface Entry extends PromiseWithResolvers<boolean> {
  readonly result: AttemptResult;
}

export function gatherResults({ store, clock, onGathered }: ResultsParts): Results {
  let entries: Entry[] = [];
  let unwritten = 0;

  const write = async (written: readonly Entry[]): Promise<void> => {
    try {
      const results = written.map(({ result }) => result);
      const counts = await store.finishAttempts(results, clock());
      for (const [index, { resolve }] of written.entries()) resolve(counts[index] === true);
    } catch (cause) {
      const lasts = cause instanceof StoreError && cause.code === "unavailable";
      // One that the store cannot take must not cost the others theirs.
      if (written.length > 1 && !lasts) await Promise.all(written.map((entry) => write([entry])));
      else for (const { reject } of written) reject(cause);
    }
  };

  return {
    get unwritten() {
      return unwritten;
    },
    async write(result) {
      const entry = { ...Promise.withResolvers<boolean>(), result };
      entries.push(entry);
      unwritten++;
      onGathered(result);
      try {
        return await entry.promise;
      } finally {
        unwritten--;
      }
    },
    flush() {
      if (entries.length === 0) return false;
      const written = entries;
      entries = [];
      void write(written);
      return true;
    },
  };
}
