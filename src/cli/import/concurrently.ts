/** Does the same with many things, a few at a time. */

/**
 * Calls `act` for every item, in order, and waits for all. After a first error no further item is begun.
 *
 * @param most items under way at the same time
 * @param onDone is told how many are done
 * @throws the first error, when those under way have ended
 */
export async function concurrently<T>(
  items: readonly T[],
  most: number,
  act: (item: T) => Promise<void>,
  onDone: (count: number) => void = () => undefined,
): Promise<void> {
  const rest = items.values();
  let done = 0;
  const failures: unknown[] = [];
  const work = async () => {
    for (const item of rest) {
      try {
        await act(item);
        onDone(++done);
      } catch (error) {
        failures.push(error);
      }
      if (failures.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, work));
  if (failures.length > 0) throw failures[0];
}
