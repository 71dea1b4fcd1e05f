import { type Micros, micros } from "./domain/units.ts";

/** Tells the time in microseconds since 1970. */
export type Clock = () => Micros;

/**
 * A clock that never goes back, whatever the system's does, so that what has expired once stays
 * expired for the life of the process. Nor does it stand still: as long as the system's clock is behind
 * it, it runs at half speed, so that what waits goes on, and in the end both are the same again.
 *
 * @param system milliseconds since 1970, as Date.now
 * @param steady milliseconds since any time, which nobody sets, as performance.now
 */
export function forwardClock(
  system: () => number = Date.now,
  steady: () => number = () => performance.now(),
): Clock {
  let latest = 0;
  let reached = 0;
  return () => {
    const [time, elapsed] = [system(), steady()];
    if (time >= latest) {
      latest = time;
      reached = elapsed;
    } else {
      const progress = Math.floor((elapsed - reached) / 2);
      latest += progress;
      reached += 2 * progress;
    }
    return micros(latest * 1000);
  };
}
