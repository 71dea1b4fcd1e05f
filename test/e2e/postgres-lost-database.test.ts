/** PostgreSQL is stopped and started again under load. */
import { expect, test } from "vitest";
import { loseDatabase } from "./support/lost-database.ts";

test("without the database calls are refused at once, and with it everything goes on", async () => {
  const found = await loseDatabase({ events: 400 });
  const { lost, stuck, forgotten } = found;
  expect({ lost, stuck, forgotten }).toEqual({ lost: 0, stuck: 0, forgotten: 0 });
  expect(found.answers.toSorted()).toEqual(["alive 200", "unavailable"]);
  expect(found.slowest).toBeLessThan(5_000);
});
