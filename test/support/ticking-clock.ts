import type { Clock } from "../../src/clock.ts";
import { micros } from "../../src/domain/units.ts";

/** A clock that tests move, and that moves on by one microsecond whenever it is read. */
export interface TickingClock {
  readonly now: Clock;
  /** Moves the time on. */
  pass(seconds: number): void;
}

/** Starts at the real time, so that no two readings are alike and their order is that of the calls. */
export function tickingClock(): TickingClock {
  let time = Date.now() * 1000;
  return {
    now: () => micros(time++),
    pass(seconds) {
      time += seconds * 1e6;
    },
  };
}
