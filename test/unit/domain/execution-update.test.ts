import fc from "fast-check";
import { expect, test } from "vitest";
import { conditionId } from "../../../src/domain/condition.ts";
import type { Execution } from "../../../src/domain/execution.ts";
import { repeatedTargets, setTargets } from "../../../src/domain/execution-update.ts";
import { etagOf } from "../../../src/domain/target.ts";
import { micros, targetId } from "../../../src/domain/units.ts";
import { ApiError } from "../../../src/errors/api-error.ts";
import { errorNameOf } from "../../support/api-error.ts";

const id = conditionId("request");
const now = micros(1000);
const list = (...ids: string[]) => ids.map(targetId);

function execution(...ids: string[]): Execution {
  return { id, createdAt: micros(10), changedAt: micros(20), targets: list(...ids) };
}

const set = (current: Execution | undefined, ids: string[], etag = "", missing: string[] = []) =>
  setTargets(current, { id, targets: list(...ids), etag }, list(...missing), now);

test("a first list has the same date twice", () => {
  const { next, fields } = set(undefined, ["a", "b"]);
  expect(next).toEqual({ id, createdAt: now, changedAt: now, targets: ["a", "b"] });
  expect(fields).toEqual([{ field: "targets", old: [], new: ["a", "b"] }]);
});

test("another list replaces the whole one and keeps its first date", () => {
  const { next, fields } = set(execution("a", "b"), ["b", "a"]);
  expect(next).toEqual({ id, createdAt: 10, changedAt: now, targets: ["b", "a"] });
  expect(fields).toEqual([{ field: "targets", old: ["a", "b"], new: ["b", "a"] }]);
});

test.each([
  ["the same list", execution("a", "b"), ["a", "b"]],
  ["no list where there is none", execution(), []],
  ["no list where there never was one", undefined, []],
])("%s changes nothing", (_, current, ids) => {
  const same = set(current, ids);
  expect(same.next).toBe(current);
  expect(same.fields).toEqual([]);
});

test("a change is dated after the one before, whatever the clock says", () => {
  const late = { ...execution("a"), changedAt: micros(5000) };
  expect(set(late, []).next?.changedAt).toBe(5001);
});

test("the etag none stands for that there is no list", () => {
  expect(set(undefined, ["a"], "none").next?.targets).toEqual(["a"]);
  expect(set(execution(), ["a"], "none").next?.targets).toEqual(["a"]);
  expect(errorNameOf(() => set(execution("a"), ["b"], "none"))).toBe("etagMismatch");
});

test("an etag must be the current one, which an execution without targets does not have", () => {
  const current = execution("a");
  const etag = etagOf(current);
  expect(errorNameOf(() => set(current, ["b"], etag))).toBe("none");
  expect(errorNameOf(() => set(current, ["b"], "other"))).toBe("etagMismatch");
  expect(errorNameOf(() => set(current, ["a"], "other"))).toBe("etagMismatch");
  expect(errorNameOf(() => set(execution(), ["b"], etag))).toBe("etagMismatch");
  expect(errorNameOf(() => set(undefined, ["b"], etag))).toBe("etagMismatch");
});

test("missing targets are named, a few of them and not in full", () => {
  const missing = Array.from({ length: 50 }, (_, index) => `${index}`.padStart(200, "x"));
  expect.assertions(3);
  try {
    set(undefined, missing, "", missing);
  } catch (thrown) {
    if (!(thrown instanceof ApiError)) throw thrown;
    expect(thrown.id).toBe("COMMAND-17e8fq1ggk");
    expect(thrown.message.length).toBeLessThan(700);
    expect(thrown.message).toContain("40 more");
  }
});

test("repeated targets are named where they are repeated", () => {
  expect(repeatedTargets(["a", "b", "a", "c", "b", "a"]).map(({ field }) => field)).toEqual([
    "targets[2]",
    "targets[4]",
    "targets[5]",
  ]);
  fc.assert(
    fc.property(fc.uniqueArray(fc.string()), (ids) => {
      expect(repeatedTargets(ids)).toEqual([]);
    }),
  );
});

test("a list as long as a body allows is looked through once", () => {
  const ids = Array.from({ length: 100_000 }, (_, index) => index.toString(36));
  expect(repeatedTargets([...ids, "0"])).toHaveLength(1);
});
