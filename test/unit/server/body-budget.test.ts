import { describe, expect, test } from "vitest";
import { ApiError } from "../../../src/errors/api-error.ts";
import { BodyBudget, defaultBodyLimits, type HeldBody } from "../../../src/server/body-budget.ts";

const limits = { total: 100, caller: 60, free: 10 };

function refusalOf(run: () => void): ApiError {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof ApiError) return thrown;
  }
  throw new Error("nothing was refused");
}

function held(budget: BodyBudget, caller: string, bytes: number): HeldBody {
  const body = budget.hold(() => caller);
  body.take(bytes);
  return body;
}

describe("BodyBudget", () => {
  test("allows 256 MiB, of which a caller may have a quarter", () => {
    expect(defaultBodyLimits).toMatchObject({ total: 2 ** 28, caller: 2 ** 26 });
  });

  test("does not count the first bytes of a body, however they come", () => {
    const budget = new BodyBudget(limits);
    const body = budget.hold(() => "a");
    body.take(4);
    body.take(6);
    expect([budget.held, budget.callers]).toEqual([0, 0]);
    body.take(1);
    expect([budget.held, budget.callers]).toEqual([1, 1]);
  });

  test.each([
    ["a caller", [], 60],
    ["all callers", ["b"], 40],
  ] as const)("bounds what %s may have, to the byte", (_whose, others, left) => {
    const budget = new BodyBudget(limits);
    for (const other of others) held(budget, other, limits.caller + limits.free);
    const body = held(budget, "a", left + limits.free);
    const refusal = refusalOf(() => body.take(1));
    expect([refusal.id, refusal.headers]).toEqual([
      "TARGETD-TOO-MANY-BODIES",
      { "retry-after": "1" },
    ]);
    body.giveBack(1);
    body.take(1);
    expect(() => body.take(1)).toThrow(ApiError);
  });

  test("counts nothing of what it refuses", () => {
    const budget = new BodyBudget(limits);
    const body = held(budget, "a", limits.free + 5);
    refusalOf(() => body.take(limits.caller));
    expect(budget.held).toBe(5);
  });

  test("leaves the share of one caller alone while another has its own", () => {
    const budget = new BodyBudget(limits);
    held(budget, "a", limits.caller + limits.free);
    expect(() => held(budget, "b", limits.total - limits.caller + limits.free)).not.toThrow();
  });

  test("has everything back when the bodies end, once", () => {
    const budget = new BodyBudget(limits);
    const bodies = [held(budget, "a", 30), held(budget, "a", 20), held(budget, "b", 25)];
    expect([budget.held, budget.callers]).toEqual([45, 2]);
    for (const body of [...bodies, ...bodies]) body.end();
    expect([budget.held, budget.callers]).toEqual([0, 0]);
  });

  test("takes nothing more for a body that has ended", () => {
    const budget = new BodyBudget(limits);
    const body = held(budget, "a", 30);
    body[Symbol.dispose]();
    refusalOf(() => body.take(30));
    expect(budget.held).toBe(0);
  });

  test("never gives back more than was taken", () => {
    const budget = new BodyBudget(limits);
    held(budget, "a", 30).giveBack(31);
    expect(budget.held).toBe(0);
  });
});
