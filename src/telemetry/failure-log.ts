/** Tells the log of work that fails again and again, without filling it. */
import type { Logger } from "./log.ts";

/** Milliseconds in which the same work has one line at most. */
const quietMs = 60_000;

/** Notes a failure; never throws. */
export type NoteFailure = (cause: unknown) => void;

/**
 * Returns a function that tells of the failures of some work: the first at once, and then one a minute at
 * most, with the number of those in between.
 *
 * @param now milliseconds that never go back
 */
export function failureLog(
  log: Pick<Logger, "error">,
  what: string,
  now: () => number = () => performance.now(),
): NoteFailure {
  let toldAt = Number.NEGATIVE_INFINITY;
  let untold = 0;
  return (err) => {
    if (now() - toldAt < quietMs) {
      untold += 1;
      return;
    }
    log.error({ err, ...(untold > 0 && { untold }) }, what);
    toldAt = now();
    untold = 0;
  };
}
