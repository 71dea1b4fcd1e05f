import fc from "fast-check";
import { expect, test } from "vitest";
import {
  extended,
  firstBelow,
  type History,
  historyText,
  noHistory,
  readHistory,
  type StoredLink,
} from "../../../src/store/sqlite/histories.ts";
import { storeError } from "../../conformance/store/fixtures.ts";

/** A history of changes with these numbers, and what each of them tells. */
function historyOf(changes: readonly number[]) {
  const links = new Map<number, StoredLink>();
  let history: History = noHistory;
  for (const change of changes) {
    // As it is read from the row of a target.
    const { history: next, link } = extended(readHistory(historyText(history)), change);
    links.set(change, { previous: link.previous ?? null, leap: link.leap ?? null });
    history = next;
  }
  return { history, links };
}

/** Numbers that rise by one or more. */
const anyChanges = fc
  .array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3000, size: "max" })
  .map((steps) => {
    let number = 0;
    return steps.map((step) => (number += step));
  });

test("the first change below any number is found in few steps", () => {
  fc.assert(
    fc.property(anyChanges, fc.nat(9000), fc.nat(9000), (changes, bound, pruned) => {
      const { history, links } = historyOf(changes);
      let steps = 0;
      const found = firstBelow(bound, history.last[0] ?? 0, (change) => {
        steps += 1;
        return change < pruned ? undefined : links.get(change);
      });
      const expected = changes.findLast((change) => change < bound) ?? 0;
      // What was pruned may be named, as it is not read.
      expect(found === expected || (found === 0 && expected < pruned)).toBe(true);
      expect(steps).toBeLessThan(5 * 32);
    }),
  );
});

test("a history is counted, and ends with its last changes of each level", () => {
  const changes = Array.from({ length: 1100 }, (_, index) => index + 1);
  const { history, links } = historyOf(changes);
  expect(history).toEqual({ count: 1100, last: [1100, 1088, 1024] });
  expect(historyText(history)).toBe("[1100,1100,1088,1024]");
  expect(links.get(1)).toEqual({ previous: null, leap: null });
  expect(links.get(32)).toEqual({ previous: 31, leap: null });
  expect(links.get(64)).toEqual({ previous: 63, leap: 32 });
  expect(links.get(1024)).toEqual({ previous: 1023, leap: 992 });
  expect(readHistory(null)).toEqual(noHistory);
});

test.each(["", "[]", "[", "1,2", "{}", '["a"]', "[-1]", "[1.5]", "[1e400]", "[1,null]", "[1,2]]"])(
  "%j is no history",
  (text) => {
    expect(() => readHistory(text)).toThrow(storeError("broken"));
  },
);

test.each<StoredLink>([
  { previous: 7, leap: null },
  { previous: 8, leap: null },
  { previous: 6, leap: 7 },
])("%j does not lead back from change 7", (link) => {
  expect(() => firstBelow(3, 7, () => link)).toThrow(storeError("broken"));
});
