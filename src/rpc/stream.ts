/** Keeps an answer that goes on for long within what its caller may be told. */

/** How often the caller of a stream is checked again, in milliseconds. */
const checkEvery = 60_000;

/**
 * Passes on what `run` sends for as long as the caller may have it.
 *
 * @param check rejects when the caller is no longer admitted
 * @param signal ends the stream with its reason
 * @param run gets a signal that is aborted with that reason, or with what `check` rejected with
 */
export async function* whileAdmitted<T>(
  check: () => Promise<unknown>,
  signal: AbortSignal,
  run: (signal: AbortSignal) => AsyncIterable<T>,
): AsyncGenerator<T> {
  const refused = new AbortController();
  let checking = false;
  const timer = setInterval(() => {
    if (checking) return;
    checking = true;
    check()
      .catch((thrown: unknown) => refused.abort(thrown))
      .finally(() => {
        checking = false;
      });
  }, checkEvery);
  timer.unref();
  try {
    yield* run(AbortSignal.any([signal, refused.signal]));
  } finally {
    clearInterval(timer);
  }
}
