import fc from "fast-check";
import { expect, test } from "vitest";
import { defaultInstance, instanceId, type Micros, micros } from "../../../src/domain/units.ts";
import { createEventRate } from "../../../src/rpc/event-rate.ts";

const start = micros(1_790_000_000_000_000);
const after = (seconds: number): Micros => micros(start + seconds * 1e6);
const one = defaultInstance;

test("what may come in a second may come at once, and no more", () => {
  const rate = createEventRate(2000);
  expect(rate(one, 1000, start).events).toBe(1000);
  expect(rate(one, 999, start).events).toBe(999);
  expect(rate(one, 2, start)).toMatchObject({ events: 1, retryAfter: 1 });
  expect(rate(one, 1000, after(0.25)).events).toBe(500);
});

test("instances do not take from one another", () => {
  const rate = createEventRate(1000);
  expect(rate(one, 1000, start).events).toBe(1000);
  expect(rate(instanceId("two"), 1000, start).events).toBe(1000);
});

test("the largest call passes at any rate, and the wait for the next is told", () => {
  const rate = createEventRate(10);
  expect(rate(one, 1000, start).events).toBe(1000);
  const refused = rate(one, 500, after(1));
  expect(refused).toMatchObject({ events: 10, retryAfter: 49 });
  refused.giveBack();
  expect(rate(one, 500, after(50)).events).toBe(500);
});

test("what is given back can be taken again, once", () => {
  const rate = createEventRate(1000);
  rate(one, 600, start).giveBack();
  expect(rate(one, 1000, start).events).toBe(1000);
  expect(rate(one, 1, start).events).toBe(0);
});

test("a clock that goes back gives nothing away", () => {
  const rate = createEventRate(1000);
  expect(rate(one, 1000, after(10)).events).toBe(1000);
  expect(rate(one, 1, start).events).toBe(0);
  expect(rate(one, 1000, after(10.5)).events).toBe(500);
});

test("without a bound everything passes", () => {
  const rate = createEventRate(Number.POSITIVE_INFINITY);
  for (let call = 0; call < 100; call++) expect(rate(one, 1000, start).events).toBe(1000);
});

test("quiet instances are forgotten, which gives them nothing", () => {
  const rate = createEventRate(1000);
  expect(rate(one, 1000, start).events).toBe(1000);
  for (let index = 0; index < 3000; index++) rate(instanceId(`i${index}`), 1, start);
  expect(rate(one, 1, start).events).toBe(0);
});

test("in any time no more passes than the rate and what may come at once", () => {
  const anyCalls = fc.array(
    fc.record({
      wait: fc.integer({ min: 0, max: 2_000_000 }),
      events: fc.integer({ min: 1, max: 1000 }),
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), anyCalls, (perSecond, calls) => {
      const rate = createEventRate(perSecond);
      let now = 0;
      let passed = 0;
      for (const { wait, events } of calls) {
        now += wait;
        passed += rate(one, events, micros(start + now)).events;
      }
      const most = Math.max(perSecond, 1000) + (now / 1e6) * perSecond;
      expect(passed).toBeLessThanOrEqual(Math.floor(most) + 1);
    }),
  );
});
