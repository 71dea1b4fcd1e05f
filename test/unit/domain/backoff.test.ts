import { expect, test } from "vitest";
import { defaultRetryDelays, isFinal, nextAttempt } from "../../../src/domain/backoff.ts";
import { micros, nanoseconds } from "../../../src/domain/units.ts";

const now = micros(1_000e6);
const middle = { retryAfter: undefined, now, random: 0.5 };

test("the attempts of a target without a policy are due at the documented times", () => {
  const waits = [1, 2, 3, 4, 5, 6, 7].map((attempts) => {
    const due = nextAttempt({ policy: undefined, attempts, ...middle });
    return ((due ?? Number.NaN) - now) / 1e6;
  });
  expect(waits).toEqual([5, 300, 1800, 7200, 18_000, 36_000, 36_000]);
  expect(nextAttempt({ policy: undefined, attempts: 8, ...middle })).toBeUndefined();
});

test("an empty list of waits means the default", () => {
  const policy = { retryDelays: [] };
  expect(nextAttempt({ policy, attempts: 7, ...middle })).toBe(now + 36_000e6);
});

test("the waits of a policy replace the default, a wait of nothing included", () => {
  const policy = { retryDelays: [nanoseconds(0), nanoseconds(1.5e9)] };
  expect(nextAttempt({ policy, attempts: 1, ...middle, random: 0.9 })).toBe(now);
  expect(nextAttempt({ policy, attempts: 2, ...middle })).toBe(now + 1.5e6);
  expect(nextAttempt({ policy, attempts: 3, ...middle })).toBeUndefined();
});

test("chance moves a wait by a fifth at most", () => {
  const due = (random: number) =>
    nextAttempt({ policy: undefined, attempts: 1, ...middle, random });
  expect(due(0)).toBe(now + 4e6);
  expect(due(0.25)).toBe(now + 4.5e6);
  expect(due(1 - Number.EPSILON)).toBe(now + 6e6);
});

test.each([
  ["0", 5],
  ["4", 5],
  ["7", 7],
  ["10", 10],
  ["3600", 10],
  ["9".repeat(40), 10],
  ["Thu, 01 Jan 1970 00:16:47 GMT", 7],
  ["Thu, 01 Jan 1970 00:00:00 GMT", 5],
  ["Fri, 31 Dec 9999 23:59:59 GMT", 10],
])("a target that asks for a wait with %j gets %d s of a step of 5 s", (retryAfter, seconds) => {
  const attempt = { policy: undefined, attempts: 1, now, random: 0, retryAfter };
  expect(nextAttempt(attempt)).toBe(now + seconds * 1e6);
});

test("chance never lets an attempt come before the time that was asked for", () => {
  const attempt = { policy: undefined, attempts: 1, now, random: 0.5, retryAfter: "7" };
  expect(nextAttempt(attempt)).toBe(now + 7.5e6);
});

test("a Retry-After that cannot be read counts as none", () => {
  const attempt = { policy: undefined, attempts: 1, now, random: 0, retryAfter: "soon" };
  expect(nextAttempt(attempt)).toBe(now + 4e6);
});

test("no wait of the default is longer than a policy may have", () => {
  expect(Math.max(...defaultRetryDelays)).toBeLessThanOrEqual(24 * 3600e9);
});

test.each([
  [undefined, false, false],
  [200, false, false],
  [302, false, false],
  [399, false, false],
  [400, false, true],
  [401, false, true],
  [404, false, true],
  [407, false, true],
  [408, false, false],
  [409, false, true],
  [410, true, true],
  [411, false, true],
  [424, false, true],
  [425, false, false],
  [426, false, true],
  [428, false, true],
  [429, false, false],
  [430, false, true],
  [499, false, true],
  [500, false, false],
  [503, false, false],
])(
  "status %s ends a delivery: %s, and %s when client errors are final",
  (status, always, final) => {
    expect(isFinal(status, undefined)).toBe(always);
    expect(isFinal(status, { clientErrorsFinal: false })).toBe(always);
    expect(isFinal(status, { clientErrorsFinal: true })).toBe(final);
  },
);
