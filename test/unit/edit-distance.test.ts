import fc from "fast-check";
import { expect, test } from "vitest";
import { editDistance } from "../../src/edit-distance.ts";

test.each([
  ["", "", 0],
  ["", "abc", 3],
  ["abc", "abc", 0],
  ["abc", "axc", 1],
  ["abc", "bc", 1],
  ["kitten", "sitting", 3],
  ["ab", "ba", 2],
])("from %j to %j there are %i edits", (from, to, distance) => {
  expect(editDistance(from, to)).toBe(distance);
  expect(editDistance(to, from)).toBe(distance);
});

test("a limit changes nothing about what it lets pass", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 12 });
  fc.assert(
    fc.property(text, text, fc.nat(8), (from, to, limit) => {
      const distance = editDistance(from, to);
      expect(editDistance(from, to, limit)).toBe(distance <= limit ? distance : Infinity);
    }),
  );
});
