/** The database goes away under load, in several ways, and comes back; the servers stay. */
import { expect, test } from "vitest";
import { loseDatabase } from "./support/lost-database.ts";
import { failover, silent, stopped } from "./support/outages.ts";

test.each([
  ["is stopped and started again", stopped],
  ["says nothing for a while", silent],
  ["is killed and its standby takes over", failover],
])(
  "when the database %s, calls are refused at once and then everything goes on",
  async (_, outage) => {
    const found = await loseDatabase({ events: 400, outage: outage() });
    const { lost, stuck, forgotten } = found;
    expect({ lost, stuck, forgotten }).toEqual({ lost: 0, stuck: 0, forgotten: 0 });
    expect(found.answers.toSorted()).toEqual(["alive 200", "unavailable"]);
    // Of what follows the limits of the calls themselves would make 5 and 15 seconds.
    expect(found.slowest).toBeLessThan(2_000);
    expect(found.noticedAfter).toBeLessThan(5_000);
  },
);
