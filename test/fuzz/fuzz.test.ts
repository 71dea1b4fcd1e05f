/** The short form of `npm run fuzz`: the same inputs every time. */
import { expect, test } from "vitest";
import { fuzz } from "./support/run.ts";

test("bad inputs crash nothing, hang nothing and are no bug of the server", async () => {
  const { findings, byTarget } = await fuzz({ runs: 8_000, seconds: 20, seed: 20_261_123 });
  expect(findings).toEqual([]);
  expect(Object.values(byTarget).every((inputs) => inputs > 0)).toBe(true);
});
