import { expect, test } from "vitest";
import { failureLog } from "../../../src/telemetry/failure-log.ts";

test("of failures that repeat, one a minute is told, with the number of the others", () => {
  const lines: unknown[] = [];
  let now = 0;
  const note = failureLog({ error: (line: unknown) => lines.push(line) }, "sweep", () => now);
  for (; now < 150_000; now += 1_000) note(now);
  expect(lines).toEqual([{ err: 0 }, { err: 60_000, untold: 59 }, { err: 120_000, untold: 59 }]);
});
