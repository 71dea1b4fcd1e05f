/** Lines about work that goes on for long. */
import type { Io } from "../io.ts";

/** How far one part of the work is. */
export interface Progress {
  readonly what: string;
  readonly done: number;
  readonly total: number;
}

/** Milliseconds between two lines about the same part. */
const every = 1000;

/** Returns a function that prints how far a part is: when it is done, and once a second before. */
export function progressLines(
  io: Io,
  now: () => number = () => performance.now(),
): (progress: Progress) => void {
  let part = "";
  let begun = 0;
  let before = 0;
  let printed = 0;
  return ({ what, done, total }) => {
    const at = now();
    if (what !== part) {
      [part, begun, before, printed] = [what, printed === 0 ? at : printed, 0, at];
    }
    if (done < total && at - printed < every) return;
    const seconds = (at - begun) / 1000;
    const rate = seconds > 0 ? `, ${Math.round((done - before) / seconds)}/s` : "";
    io.err(`${what}: ${done} of ${total}${rate}\n`);
    [begun, before, printed] = [at, done, at];
  };
}
