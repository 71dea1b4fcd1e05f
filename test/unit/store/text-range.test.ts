import fc from "fast-check";
import { expect, test } from "vitest";
import { afterPrefix } from "../../../src/store/text-range.ts";

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
const edges = fc.constantFrom(
  "a",
  "z",
  "\u007f",
  "\u07ff",
  "\ud7ff",
  "\ue000",
  "\uffff",
  "😀",
  "\u{10ffff}",
);
const text = fc.string({
  unit: fc.oneof(edges, fc.string({ unit: "binary", minLength: 1, maxLength: 1 })),
});

test("strings from the prefix up to the bound are those that start with it", () => {
  fc.assert(
    fc.property(text, text, (prefix, other) => {
      const end = afterPrefix(prefix);
      for (const candidate of [other, prefix + other, `${prefix}\u{10ffff}${other}`]) {
        const inRange =
          byBytes(candidate, prefix) >= 0 && (end === undefined || byBytes(candidate, end) < 0);
        expect(inRange).toBe(candidate.startsWith(prefix));
      }
    }),
  );
});

test.each([
  ["", undefined],
  ["\u{10ffff}\u{10ffff}", undefined],
  ["a", "b"],
  ["a\u{10ffff}", "b"],
  ["\ud7ff", "\ue000"],
  ["\uffff", "\u{10000}"],
])("the bound after %j is %j", (prefix, end) => {
  expect(afterPrefix(prefix)).toBe(end);
});
