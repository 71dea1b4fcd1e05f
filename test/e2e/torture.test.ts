/** The short form of `npm run torture`. */
import { expect, test } from "vitest";
import { inFlight, torture } from "./support/torture.ts";

test("deliveries outlive kills: none is lost or stuck, and few come twice, under the same id", async () => {
  const reports = await torture({ rounds: 3, deliveries: 200 });
  expect(reports).toHaveLength(3);
  for (const { duplicates, ...faults } of reports) {
    expect(faults).toEqual({ lost: 0, stuck: 0, renamed: 0, misplaced: 0 });
    expect(duplicates).toBeLessThanOrEqual(inFlight);
  }
});
