/** Wakes one who waits for changes, at a bounded rate. */

export interface Alarm {
  /** Lets the next wait end. */
  ring(): void;
  /**
   * Resolves when it rings, or rang since the last wait, but not before `least` milliseconds and no
   * later than after `most`; rejects with the reason of the signal.
   */
  wait(least: number, most: number): Promise<void>;
}

export function createAlarm(signal: AbortSignal): Alarm {
  let rung = false;
  let wake: (() => void) | undefined;
  const pause = (milliseconds: number, early: boolean) =>
    new Promise<void>((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        wake = undefined;
        if (signal.aborted) reject(signal.reason);
        else resolve();
      };
      const timer = setTimeout(end, milliseconds);
      if (early) wake = end;
      if (signal.aborted) end();
      else signal.addEventListener("abort", end);
    });
  return {
    ring() {
      rung = true;
      wake?.();
    },
    async wait(least, most) {
      await pause(least, false);
      if (!rung) await pause(most - least, true);
      rung = false;
    },
  };
}
