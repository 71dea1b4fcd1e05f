import { expect, test } from "vitest";
import {
  admittanceOf,
  afterClaim,
  afterFailure,
  afterSuccess,
  type Breaker,
  hasFailedTooLong,
  newBreaker,
} from "../../../src/domain/breaker.ts";
import { micros } from "../../../src/domain/units.ts";

const start = 1_000_000e6;
const at = (seconds: number) => micros(start + seconds * 1e6);
const times = (count: number, next: (breaker: Breaker) => Breaker, breaker: Breaker) =>
  Array.from({ length: count }).reduce<Breaker>((each) => next(each), breaker);
const failing = (count: number, seconds = 0, breaker = newBreaker()) =>
  times(count, (each) => afterFailure(each, at(seconds)), breaker);
const succeeding = (count: number, seconds = 0, breaker = newBreaker()) =>
  times(count, (each) => afterSuccess(each, at(seconds)), breaker);

/** The breaker after the one call that it let through at a time failed. */
const failedProbe = (breaker: Breaker, seconds: number) => {
  expect(admittanceOf(breaker, at(seconds)).calls).toBe(1);
  return afterFailure(afterClaim(breaker), at(seconds));
};

const everything = { calls: Number.POSITIVE_INFINITY, heldUntil: undefined };
const one = { calls: 1, heldUntil: undefined };

test("a new breaker lets everything through, and stays closed", () => {
  const breaker = newBreaker();
  expect(admittanceOf(breaker, at(0))).toEqual(everything);
  expect(afterClaim(breaker)).toBe(breaker);
});

test.each([
  ["too few attempts", failing(9), "closed"],
  ["enough attempts, all failed", failing(10), "open"],
  ["half of them failed", failing(5, 0, succeeding(5)), "open"],
  ["fewer than half failed", failing(5, 0, succeeding(6)), "closed"],
  ["a window that is not over", failing(1, 59.9, failing(9)), "open"],
  ["a window that is over", failing(1, 60, failing(9)), "closed"],
  ["a new window", failing(10, 60, succeeding(100)), "open"],
  ["a clock that went back", failing(1, -1, failing(9)), "closed"],
])("%s: it is as it should be", (_name, breaker, state) => {
  expect(breaker.state).toBe(state);
});

test("an open breaker lets nothing through before its time, then one call", () => {
  const open = failing(10);
  expect(admittanceOf(open, at(0))).toEqual({ calls: 0, heldUntil: at(30) });
  expect(admittanceOf(open, at(29.9))).toEqual({ calls: 0, heldUntil: at(30) });
  expect(admittanceOf(open, at(30))).toEqual(one);
  const halfOpen = afterClaim(open);
  expect(halfOpen).toEqual({ ...open, state: "half-open", openUntil: undefined });
  expect(admittanceOf(halfOpen, at(30))).toEqual(one);
  expect(afterClaim(halfOpen)).toBe(halfOpen);
});

test("each opening after a failed call takes twice as long, up to 15 minutes", () => {
  let breaker = failing(10);
  let seconds = 0;
  const waits: number[] = [];
  for (let opening = 0; opening < 8; opening++) {
    const wait = ((breaker.openUntil ?? 0) - at(seconds)) / 1e6;
    waits.push(wait);
    seconds += wait;
    breaker = failedProbe(breaker, seconds);
  }
  expect(waits).toEqual([30, 60, 120, 240, 480, 900, 900, 900]);
  expect(
    times(2000, (each) => failedProbe({ ...each, openUntil: at(0) }, 0), breaker).openUntil,
  ).toBe(at(900));
});

test("a success of its call closes it, and the next opening is short again", () => {
  const twice = failedProbe(failing(10), 30);
  const closed = afterSuccess(afterClaim(twice), at(91));
  expect(closed).toEqual({ ...newBreaker(), windowStart: at(91) });
  expect(failing(10, 100, closed).openUntil).toBe(at(130));
});

test("calls that were under way when it opened neither close it nor keep it open for longer", () => {
  const open = failing(10);
  expect(afterSuccess(open, at(1))).toMatchObject({
    state: "open",
    openUntil: at(30),
    openings: 1,
  });
  expect(afterFailure(open, at(1))).toMatchObject({
    state: "open",
    openUntil: at(30),
    openings: 1,
  });
});

test("a clock that goes back does not keep it open", () => {
  expect(admittanceOf(failing(10), at(-3600))).toEqual(one);
});

test("a target fails since its first failure after a success", () => {
  const days = (count: number) => count * 24 * 3600;
  const failed = failing(1, days(4), failing(1, 0));
  expect(failed.failingSince).toBe(at(0));
  expect(hasFailedTooLong(failed, at(days(5) - 1))).toBe(false);
  expect(hasFailedTooLong(failed, at(days(5)))).toBe(true);
  expect(hasFailedTooLong(succeeding(1, days(4), failed), at(days(5)))).toBe(false);
  expect(hasFailedTooLong(newBreaker(), at(days(5)))).toBe(false);
  expect(failing(1, -days(1), failed).failingSince).toBe(at(-days(1)));
});

test("a success while it is open ends the time of failing, too", () => {
  expect(afterSuccess(failing(10), at(1)).failingSince).toBeUndefined();
});
