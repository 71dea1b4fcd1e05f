/** One of three servers is killed while it makes deliveries; scripts/torture.ts does so 20 times. */
import { expect, test } from "vitest";
import { inFlightEach, loseReplicas } from "./support/lost-replica.ts";

const lease = 2_000;

test("the others take over what a killed one held, and nothing is lost", async () => {
  const reports = await loseReplicas({ rounds: 2, events: 200, lease });
  for (const { lost, stuck, duplicates, held, takenOverAfter } of reports) {
    expect({ lost, stuck }).toEqual({ lost: 0, stuck: 0 });
    expect(held).toBeGreaterThan(0);
    expect(duplicates).toBeLessThanOrEqual(3 * inFlightEach);
    expect(takenOverAfter).toBeLessThanOrEqual(lease + 2_000);
  }
});
