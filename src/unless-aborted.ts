/**
 * Waits for something that cannot be ended, but no longer than until the signal.
 *
 * @param undo called with what comes of it after the signal
 * @throws the reason of the signal; what the work rejects with
 */
export async function unlessAborted<T>(
  signal: AbortSignal | undefined,
  work: Promise<T>,
  undo: (result: T) => void,
): Promise<T> {
  if (signal === undefined) return work;
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort);
  try {
    return await Promise.race([aborted.promise, work]);
  } catch (thrown) {
    if (signal.aborted) work.then(undo, () => undefined);
    throw thrown;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
