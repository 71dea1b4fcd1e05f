/** Syncs a file while it is written, so that no large sync is left for its end. */

/** Bytes after which a sync begins, and bytes that are not synced at which the writing waits. */
const syncAt = 4 * 1024 * 1024;
const waitAt = 4 * syncAt;

export interface PacedSync {
  /**
   * Tells whether to write on, now that so many bytes were written in all.
   *
   * @param isLast whether the next write is the last one; then everything before has to be synced
   * @throws what a sync failed with
   */
  mayWrite(written: number, isLast: boolean): boolean;
  /** Resolves when no sync is under way, whatever came of it. */
  settled(): Promise<void>;
}

/** @param sync makes durable what was written */
export function createPacedSync(sync: () => Promise<void>): PacedSync {
  let synced = 0;
  let underWay: Promise<void> | undefined;
  let failure: { readonly cause: unknown } | undefined;

  const begin = async (written: number): Promise<void> => {
    try {
      await sync();
      synced = written;
    } catch (cause) {
      failure = { cause };
    } finally {
      underWay = undefined;
    }
  };

  return {
    mayWrite(written, isLast) {
      if (failure !== undefined) throw failure.cause;
      const unsynced = written - synced;
      if (unsynced >= (isLast ? 1 : syncAt)) underWay ??= begin(written);
      return unsynced < (isLast ? 1 : waitAt);
    },
    settled: async () => underWay,
  };
}
