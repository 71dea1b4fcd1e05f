import fc from "fast-check";
import { expect, test } from "vitest";
import { moved, placeAt } from "../../../web/src/pages/execution/reorder.ts";

test.each([
  [0, 2, ["b", "c", "a"]],
  [2, 0, ["c", "a", "b"]],
  [1, 1, ["a", "b", "c"]],
  [1, -5, ["b", "a", "c"]],
  [1, 9, ["a", "c", "b"]],
  [7, 0, ["a", "b", "c"]],
])("an entry moved from %i to %i", (from, to, expected) => {
  expect(moved(["a", "b", "c"], from, to)).toEqual(expected);
});

test("an entry that is dropped on the middle of another takes its place", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.nat(8), fc.nat(8), (count, one, two) => {
      const [from, to] = [one % count, two % count];
      const middles = Array.from({ length: count }, (_, index) => index * 10);
      const towards = Math.sign(to - from);
      expect(placeAt(middles, (to + towards * 0.1) * 10, from)).toBe(to);
    }),
  );
});
