import fc from "fast-check";
import { expect, test } from "vitest";
import {
  admittanceOf,
  afterClaim,
  afterFailure,
  afterSuccess,
  type Breaker,
  breakerRules,
  newBreaker,
} from "../../src/domain/breaker.ts";
import { type Micros, micros } from "../../src/domain/units.ts";

/** What happens next, after some seconds. */
interface Step {
  readonly seconds: number;
  readonly does: "claim" | "success" | "failure" | "loss";
}

const anyStep: fc.Arbitrary<Step> = fc.record({
  seconds: fc.oneof(fc.constant(0), fc.nat(5), fc.nat(100), fc.nat(1000)),
  does: fc.constantFrom("claim", "claim", "claim", "success", "failure", "failure", "loss"),
});
const anySteps = fc.array(anyStep, { maxLength: 200, size: "max" });

/** A breaker with the number of calls under way. */
interface World {
  readonly breaker: Breaker;
  readonly underWay: number;
}

/** What a step makes of the world, as a worker would: it claims what is free, and ends what is under way. */
function next({ breaker, underWay }: World, { does }: Step, now: Micros): World {
  if (does === "claim") {
    const free = underWay < admittanceOf(breaker, now).calls;
    return free ? { breaker: afterClaim(breaker), underWay: underWay + 1 } : { breaker, underWay };
  }
  if (underWay === 0) return { breaker, underWay };
  const after = { success: afterSuccess, failure: afterFailure, loss: (same: Breaker) => same };
  return { breaker: after[does](breaker, now), underWay: underWay - 1 };
}

/** Walks through the steps; `see` gets each that did something, with what was before and after it. */
function walk(
  steps: readonly Step[],
  see: (does: Step["does"], now: Micros, before: World, after: World) => void,
): void {
  let world: World = { breaker: newBreaker(), underWay: 0 };
  let now = micros(1e15);
  for (const step of steps) {
    now = micros(now + step.seconds * 1e6);
    const before = world;
    world = next(before, step, now);
    if (world.underWay !== before.underWay) see(step.does, now, before, world);
  }
}

test("nothing begins while it is open, and only one call while it is half-open", () => {
  fc.assert(
    fc.property(anySteps, (steps) => {
      walk(steps, (does, now, before, after) => {
        if (does !== "claim" || before.breaker.state === "closed") return;
        expect(after).toMatchObject({ underWay: 1, breaker: { state: "half-open" } });
        expect(before.breaker.openUntil ?? now).toBeLessThanOrEqual(now);
      });
    }),
    { numRuns: 500 },
  );
});

test("always says when the next call may go through, and never makes it wait for long", () => {
  fc.assert(
    fc.property(anySteps, (steps) => {
      walk(steps, (_does, now, _before, { breaker }) => {
        expect(breaker.openUntil !== undefined).toBe(breaker.state === "open");
        const { heldUntil = now } = admittanceOf(breaker, now);
        expect(heldUntil - now).toBeLessThanOrEqual(breakerRules.longestOpening);
        expect(admittanceOf(breaker, heldUntil).calls).toBeGreaterThanOrEqual(1);
      });
    }),
  );
});

test("only failures open it, only the success of its own call closes it", () => {
  fc.assert(
    fc.property(anySteps, (steps) => {
      walk(steps, (does, _now, { breaker: { state: from } }, { breaker: { state: to } }) => {
        if (from === to) return;
        if (to === "open") expect(does).toBe("failure");
        if (to === "closed") expect([from, does]).toEqual(["half-open", "success"]);
        if (to === "half-open") expect([from, does]).toEqual(["open", "claim"]);
      });
    }),
  );
});

test("remembers since when there were nothing but failures", () => {
  fc.assert(
    fc.property(anySteps, (steps) => {
      let since: Micros | undefined;
      walk(steps, (does, now, _before, { breaker }) => {
        if (does === "success") since = undefined;
        if (does === "failure") since ??= now;
        expect(breaker.failingSince).toBe(since);
      });
    }),
  );
});

test("no more failures are counted than attempts", () => {
  fc.assert(
    fc.property(anySteps, (steps) => {
      walk(steps, (_does, now, _before, { breaker }) => {
        const { windowCalls, windowFailures, windowStart } = breaker;
        expect(windowFailures).toBeLessThanOrEqual(windowCalls);
        expect(windowStart).toBeLessThanOrEqual(now);
      });
    }),
  );
});
