import { expect, test } from "vitest";
import { relativeTime } from "../../../web/src/components/relative-time.ts";

const now = new Date("2026-03-01T12:00:00Z");

test.each([
  ["2026-03-01T12:00:00.499Z", "now"],
  ["2026-03-01T11:59:59.501Z", "now"],
  ["2026-03-01T12:00:00.500Z", "in 1 second"],
  ["2026-03-01T11:59:59.000Z", "1 second ago"],
  ["2026-03-01T11:59:00.501Z", "59 seconds ago"],
  ["2026-03-01T11:59:00.001Z", "1 minute ago"],
  ["2026-03-01T11:59:00.000Z", "1 minute ago"],
  ["2026-03-01T12:59:29.000Z", "in 59 minutes"],
  ["2026-03-01T12:59:30.000Z", "in 1 hour"],
  ["2026-03-01T10:00:01.000Z", "2 hours ago"],
  ["2026-03-02T11:29:00.000Z", "in 23 hours"],
  ["2026-03-02T11:59:00.000Z", "tomorrow"],
  ["2026-03-08T11:59:59.000Z", "in 7 days"],
  ["2026-02-28T12:00:00.000Z", "yesterday"],
  ["2026-03-03T12:00:00.000Z", "in 2 days"],
  ["2026-01-30T12:00:00.000Z", "last month"],
  ["2025-03-01T12:00:00.000Z", "last year"],
  ["2023-03-02T12:00:00.000Z", "3 years ago"],
])("%s is %s", (date, words) => {
  expect(relativeTime(new Date(date), now)).toBe(words);
});
