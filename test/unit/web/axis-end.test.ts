import { expect, test } from "vitest";
import { axisEnd } from "../../../web/src/components/charts/scale.ts";

test.each([
  [[], 1],
  [[0, 0], 1],
  [[1], 1],
  [[3, 1], 5],
  [[10.5], 20],
  [[51], 100],
  [[0.03], 0.05],
  [[1000], 1000],
])("an axis for %j ends at %f", (values, end) => {
  expect(axisEnd(values)).toBeCloseTo(end, 12);
});
