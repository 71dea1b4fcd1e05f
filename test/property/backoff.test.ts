import fc from "fast-check";
import { expect, test } from "vitest";
import { defaultRetryDelays, nextAttempt } from "../../src/domain/backoff.ts";
import { parseRetryAfter } from "../../src/domain/retry-after.ts";
import { micros, nanoseconds } from "../../src/domain/units.ts";

const anyNow = fc.integer({ min: 0, max: 4e15 }).map(micros);
const anyRandom = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const anyDelay = fc.integer({ min: 0, max: 24 * 3600e9 }).map(nanoseconds);
const anyPolicy = fc.option(fc.record({ retryDelays: fc.array(anyDelay, { maxLength: 20 }) }), {
  nil: undefined,
});
const anyAttempts = fc.integer({ min: 1, max: 25 });
const anyRetryAfter = fc.oneof(
  fc.nat(1e6).map(String),
  fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
  fc.string(),
);

/** Rounding to whole microseconds. */
const slack = 1;

test("there is an attempt for each wait of the policy, and none after the last", () => {
  fc.assert(
    fc.property(anyPolicy, anyAttempts, anyNow, anyRandom, (policy, attempts, now, random) => {
      const delays = policy?.retryDelays.length ? policy.retryDelays : defaultRetryDelays;
      const due = nextAttempt({ policy, attempts, now, random, retryAfter: undefined });
      expect(due === undefined).toBe(attempts > delays.length);
      if (due === undefined) return;
      const step = (delays[attempts - 1] ?? Number.NaN) / 1000;
      expect(due - now).toBeGreaterThanOrEqual(0.8 * step - slack);
      expect(due - now).toBeLessThanOrEqual(1.2 * step + slack);
    }),
  );
});

test("whatever a target asks for, it gets within once and twice the step", () => {
  fc.assert(
    fc.property(anyDelay, anyRetryAfter, anyNow, anyRandom, (delay, retryAfter, now, random) => {
      const policy = { retryDelays: [delay] };
      const asked = parseRetryAfter(retryAfter, now);
      const due = nextAttempt({ policy, attempts: 1, now, random, retryAfter });
      const wait = (due ?? Number.NaN) - now;
      const step = delay / 1000;
      expect(wait).toBeGreaterThanOrEqual((asked === undefined ? 0.8 : 1) * step - slack);
      expect(wait).toBeLessThanOrEqual((asked === undefined ? 1.2 : 2) * step + slack);
      if (asked !== undefined) {
        expect(wait).toBeGreaterThanOrEqual(Math.min(asked, 2 * step) - slack);
      }
    }),
  );
});

test("more chance and a longer Retry-After never make a wait shorter", () => {
  const anySeconds = fc.option(fc.nat(100_000), { nil: undefined });
  fc.assert(
    fc.property(
      fc.tuple(anyDelay, anyNow),
      fc.tuple(anyRandom, anyRandom),
      anySeconds,
      fc.nat(1000),
      ([delay, now], randoms, seconds, more) => {
        const due = (random: number, asked: number | undefined) =>
          nextAttempt({
            ...{ policy: { retryDelays: [delay] }, attempts: 1, now, random },
            retryAfter: asked === undefined ? undefined : String(asked),
          }) ?? Number.NaN;
        const [less, most] = [Math.min(...randoms), Math.max(...randoms)];
        expect(due(most, seconds)).toBeGreaterThanOrEqual(due(less, seconds));
        if (seconds !== undefined) {
          expect(due(less, seconds + more)).toBeGreaterThanOrEqual(due(less, seconds));
        }
      },
    ),
  );
});

test("every date in the form of HTTP is read, to the second", () => {
  const anySecond = fc.integer({ min: 0, max: 253_402_300_799 });
  fc.assert(
    fc.property(anySecond, anyNow, (second, now) => {
      const text = new Date(second * 1000).toUTCString();
      expect(parseRetryAfter(text, now)).toBe(second * 1e6 - now);
    }),
  );
});
