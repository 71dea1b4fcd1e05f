/** Calls that come when they come, as those of many who do not know of each other. */

/**
 * Calls back for each call that is due, until the time is over. Calls come at random times, of which those within
 * a millisecond are made together.
 *
 * @param rate a second
 * @param flush called after the calls of a millisecond
 */
export function pace(
  rate: number,
  milliseconds: number,
  call: () => void,
  flush: () => void,
): Promise<void> {
  const until = performance.now() + milliseconds;
  const pause = () => (-Math.log(1 - Math.random()) * 1000) / rate;
  let due = performance.now() + pause();
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const now = performance.now();
      for (; due <= now; due += pause()) call();
      flush();
      if (now < until) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
}
