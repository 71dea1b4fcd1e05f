/** What has to be deleted and inserted to turn one list of rows into another. */
export interface ChangedItems<T> {
  readonly gone: readonly T[];
  readonly added: readonly T[];
}

/** Compares by identity: an item that changed is another object, so it is gone and added. */
export function changedItems<T>(current: readonly T[], next: readonly T[]): ChangedItems<T> {
  const [before, after] = [new Set(current), new Set(next)];
  return {
    gone: [...before.difference(after)],
    added: next.filter((item) => !before.has(item)),
  };
}
