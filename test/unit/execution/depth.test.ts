import { expect, test } from "vitest";
import { depthBelow } from "../../../src/execution/depth.ts";
import { readTraceparent } from "../../../src/execution/traceparent.ts";
import { errorNameOf } from "../../support/api-error.ts";

test.each([
  [undefined, 1],
  ["0", 1],
  ["1", 2],
  ["3", 4],
  ["003", 4],
])("a call with the depth %j makes calls with %i", (header, depth) => {
  expect(depthBelow(header)).toBe(depth);
});

test.each([
  ["4", "tooDeep"],
  ["999999999", "tooDeep"],
  ["1000000000", "malformed"],
  ["", "malformed"],
  ["-1", "malformed"],
  ["1.5", "malformed"],
  ["1, 1", "malformed"],
  ["0x1", "malformed"],
  [" 1", "malformed"],
  ["1\n", "malformed"],
  ["١", "malformed"],
])("a call with the depth %j fails: %s", (header, error) => {
  expect(errorNameOf(() => depthBelow(header))).toBe(error);
});

const valid = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

test.each([
  [valid, true],
  [valid.replace(/01$/, "ff"), true],
  [undefined, false],
  ["", false],
  [valid.toUpperCase(), false],
  [valid.replace(/^00/, "ff"), false],
  [valid.replace("0af7651916cd43dd8448eb211c80319c", "0".repeat(32)), false],
  [valid.replace("b7ad6b7169203331", "0".repeat(16)), false],
  [`${valid}-more`, false],
  [`${valid}, ${valid}`, false],
  [`${valid}\n`, false],
])("the trace context %j is passed on: %s", (header, passed) => {
  expect(readTraceparent(header)).toBe(passed ? header : undefined);
});
