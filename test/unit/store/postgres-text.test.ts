import fc from "fast-check";
import { expect, test } from "vitest";
import { withNul, withoutNul } from "../../../src/store/postgres/text.ts";

/** Texts in which the characters that matter are not rare. */
const anyText = fc.string({
  unit: fc.constantFrom("\u0000", "\u0001", "\u0002", "a", "\u{1f3af}"),
  maxLength: 8,
});

const compare = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

test("a text is stored without NUL and comes back as it was", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(withoutNul(text)).not.toContain("\u0000");
      expect(withNul(withoutNul(text))).toBe(text);
    }),
  );
});

test("texts are stored in their order", () => {
  fc.assert(
    fc.property(anyText, anyText, (a, b) => {
      expect(compare(withoutNul(a), withoutNul(b))).toBe(compare(a, b));
    }),
  );
});

test("other texts are stored as they are", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(!text.includes("\u0000") && !text.includes("\u0001"));
      expect(withoutNul(text)).toBe(text);
    }),
  );
});
