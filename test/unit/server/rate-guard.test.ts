import { expect, test } from "vitest";
import { RateGuard } from "../../../src/server/rate-guard.ts";

test.each([
  ["up to the limit", [0, 1, 2], false],
  ["more than the limit in a window", [0, 1, 2, 9], true],
  ["more than the limit over two windows", [0, 1, 2, 10], false],
  ["more than the limit in a later window", [0, 10, 11, 12, 13], true],
])("%s", (_name, times, cut) => {
  const guard = new RateGuard(3, 10);
  expect(times.map((now) => guard.exceeded(now)).at(-1)).toBe(cut);
});
