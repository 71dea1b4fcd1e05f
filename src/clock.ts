import { type Micros, micros } from "./domain/units.ts";

/** Tells the time in microseconds since 1970. */
export type Clock = () => Micros;

/**
 * A clock that never goes back, whatever the system's does, so that what has expired once stays
 * expired for the life of the process.
 *
 * @param source milliseconds since 1970, as Date.now
 */
export function forwardClock(source: () => number = Date.now): Clock {
  let last = 0;
  return () => {
    last = Math.max(last, source() * 1000);
    return micros(last);
  };
}
