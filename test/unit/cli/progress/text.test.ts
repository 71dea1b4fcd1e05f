import fc from "fast-check";
import { expect, test } from "vitest";
import { barText, lineText, type Progress } from "../../../../src/cli/progress/text.ts";

const targets = { what: "targets", done: 420, total: 1000 };
const copy = { what: "copying", done: 1_500_000, total: 12_345_678, unit: "bytes" } as const;

test.each<[Progress, number | undefined, string]>([
  [targets, undefined, "targets: 420 of 1000"],
  [targets, 84, "targets: 420 of 1000, 84/s, 7s left"],
  [targets, 84.4, "targets: 420 of 1000, 84/s, 7s left"],
  [targets, 2.9, "targets: 420 of 1000, 2.9/s, 3m20s left"],
  [targets, 0.077, "targets: 420 of 1000, 0.1/s, 2h05m left"],
  [targets, 0.0001, "targets: 420 of 1000, 0.0/s"],
  [targets, 0, "targets: 420 of 1000, 0/s"],
  [{ ...targets, done: 1000 }, 84, "targets: 1000 of 1000, 84/s"],
  [{ ...targets, total: undefined }, 84, "targets: 420, 84/s"],
  [{ ...targets, total: undefined }, undefined, "targets: 420"],
  [copy, 1_000_000, "copying: 1.5 MB of 12.3 MB, 1.0 MB/s, 11s left"],
  [{ ...copy, done: 0, total: 0 }, undefined, "copying: 0 B of 0 B"],
  [{ ...copy, done: 999, total: 999_949 }, 12.4, "copying: 999 B of 999.9 kB, 12 B/s, 22h22m left"],
  [{ ...copy, done: 999_950, total: 2e15 }, undefined, "copying: 1.0 MB of 2000.0 TB"],
])("the line of %j at %j", (progress, speed, text) => {
  expect(lineText(progress, speed)).toBe(text);
});

test.each<[number, string]>([
  [80, "targets  [============>                 ]   42%  420 of 1000  84/s  7s left"],
  [60, "targets  [======>        ]   42%  420 of 1000  84/s  7s left"],
  [55, "targets  [====>     ]   42%  420 of 1000  84/s  7s left"],
  [54, "targets  [=======>          ]   42%  420 of 1000  84/s"],
  [40, "targets  [====>     ]   42%  420 of 1000"],
  [27, "targets  [====>     ]   42%"],
  [20, "targets  42%"],
  [9, "targets  "],
  [3, "tar"],
])("the bar in %d columns", (width, text) => {
  const shown = barText(targets, 84, { width, colour: false });
  expect(shown).toBe(text);
});

test.each<[number, number, string]>([
  [0, 1000, "[>         ]    0%"],
  [999, 1000, "[=========>]   99%"],
  [1000, 1000, "[==========]  100%"],
  [1001, 1000, "[==========]  100%"],
  [0, 0, "[==========]  100%"],
])("%d of %d is full only when all is done", (done, total, bar) => {
  expect(barText({ what: "a", done, total }, undefined, { width: 21, colour: false })).toBe(
    `a  ${bar}`,
  );
});

test("what nobody knows the end of has no bar", () => {
  const progress = { what: "read", done: 7, total: undefined };
  expect(barText(progress, 3.5, { width: 80, colour: false })).toBe("read  7  3.5/s");
  expect(barText(progress, 3.5, { width: 8, colour: false })).toBe("read  7");
  expect(barText(progress, 3.5, { width: 5, colour: false })).toBe("read");
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences of colours
const colours = /\u001b\[\d+m/g;

test("whatever is shown fits, in colour too", () => {
  const count = fc.nat({ max: 2 ** 40 });
  const progress = fc.record({
    what: fc.constantFrom("a", "moving delivery_contexts", "the server copies"),
    done: count,
    total: fc.option(count, { nil: undefined }),
  });
  const speed = fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }), { nil: undefined });
  fc.assert(
    fc.property(progress, speed, fc.integer({ min: 1, max: 200 }), (shown, at, width) => {
      const plain = barText(shown, at, { width, colour: false });
      expect(plain.length).toBeLessThanOrEqual(width);
      expect(barText(shown, at, { width, colour: true }).replaceAll(colours, "")).toBe(plain);
    }),
  );
});
