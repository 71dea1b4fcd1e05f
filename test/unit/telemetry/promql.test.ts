import { expect, test } from "vitest";
import { readPromql } from "../../support/promql.ts";

test.each([
  ["up == 0", [{ metric: "up", labels: [] }]],
  ['a{b="c", d!~"e(f)"} > 1.5', [{ metric: "a", labels: ["b", "d"] }]],
  [
    "sum by (x, le) (rate(a_bucket[5m])) / sum(rate(b[$__rate_interval]))",
    [
      { metric: "a_bucket", labels: ["x", "le"] },
      { metric: "b", labels: ["x", "le"] },
    ],
  ],
])("%s names what it names", (expression, expected) => {
  expect(readPromql(expression)).toEqual(expected);
});

test.each([
  "rate(a[5m]",
  "rate(a[5m]))",
  "rat(a[5m])",
  "rate(a[5 minutes])",
  'a{b"c"}',
  "a{b=c}",
  "a ; b",
])("%s is refused", (expression) => {
  expect(() => readPromql(expression)).toThrow();
});
