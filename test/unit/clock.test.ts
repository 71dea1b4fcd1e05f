import fc from "fast-check";
import { expect, test } from "vitest";
import { forwardClock } from "../../src/clock.ts";

/** A clock whose system time can be set. */
function settable(start: number) {
  let [system, steady] = [start, 7];
  const clock = forwardClock(
    () => system,
    () => steady,
  );
  return {
    now: () => clock() / 1000,
    system: () => system,
    pass(milliseconds: number) {
      system += milliseconds;
      steady += milliseconds;
    },
    set(by: number) {
      system += by;
    },
  };
}

test("it is the system's, and jumps ahead with it", () => {
  const clock = settable(1_000_000);
  expect(clock.now()).toBe(1_000_000);
  clock.pass(250);
  expect(clock.now()).toBe(1_000_250);
  clock.set(60_000);
  expect(clock.now()).toBe(1_060_250);
});

test("when the system's goes back, it goes on at half speed until both are the same", () => {
  const clock = settable(10_000_000);
  clock.now();
  clock.set(-3_600);
  expect(clock.now()).toBe(10_000_000);
  for (let step = 1; step <= 7_000; step++) {
    clock.pass(1);
    expect(clock.now()).toBe(10_000_000 + Math.floor(step / 2));
  }
  clock.pass(240);
  expect(clock.now()).toBe(clock.system());
});

test("it never goes back, and never stands still, whatever the system's is set to", () => {
  const passing = fc.record({ do: fc.constant("pass" as const), by: fc.nat(10_000) });
  const setting = fc.record({
    do: fc.constant("set" as const),
    by: fc.integer({ min: -1e6, max: 1e6 }),
  });
  fc.assert(
    fc.property(fc.array(fc.oneof(passing, setting)), (steps) => {
      const clock = settable(1e9);
      let [before, since] = [clock.now(), 0];
      for (const step of steps) {
        clock[step.do](step.by);
        if (step.do === "pass") since += step.by;
        const now = clock.now();
        expect(now).toBeGreaterThanOrEqual(before);
        expect(now).toBeGreaterThanOrEqual(clock.system());
        before = now;
      }
      // Each step may lose a part of a millisecond.
      expect(before - 1e9).toBeGreaterThanOrEqual(since / 2 - steps.length);
    }),
  );
});
