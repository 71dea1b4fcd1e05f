import { expect, test } from "vitest";
import { parseRetryAfter } from "../../../src/domain/retry-after.ts";
import { micros } from "../../../src/domain/units.ts";

const now = micros(Date.UTC(2026, 10, 23, 12, 0, 0) * 1000);

test.each([
  ["0", 0],
  ["120", 120e6],
  ["007", 7e6],
  ["Mon, 23 Nov 2026 12:00:30 GMT", 30e6],
  ["Mon, 23 Nov 2026 11:59:30 GMT", -30e6],
  ["Monday, 23-Nov-26 12:00:30 GMT", 30e6],
  ["Mon Nov 23 12:00:30 2026", 30e6],
  ["Tue Dec  1 12:00:00 2026", 8 * 24 * 3600e6],
  ["Sunday, 06-Nov-94 08:49:37 GMT", Date.UTC(1994, 10, 6, 8, 49, 37) * 1000 - now],
])("reads %j", (text, expected) => {
  expect(parseRetryAfter(text, now)).toBe(expected);
});

test("takes two digits of a year for the past when it would be more than 50 years ahead", () => {
  expect(parseRetryAfter("Monday, 23-Nov-76 12:00:00 GMT", now)).toBe(
    Date.UTC(2076, 10, 23, 12) * 1000 - now,
  );
  expect(parseRetryAfter("Wednesday, 23-Nov-77 12:00:00 GMT", now)).toBe(
    Date.UTC(1977, 10, 23, 12) * 1000 - now,
  );
});

test("takes any number of seconds that fits", () => {
  expect(parseRetryAfter("9".repeat(40), now)).toBeGreaterThan(1e40);
  expect(parseRetryAfter("9".repeat(41), now)).toBeUndefined();
});

test.each([
  "",
  " 120",
  "120 ",
  "-1",
  "+1",
  "1.5",
  "1e3",
  "0x10",
  "10s",
  "٣",
  "Infinity",
  "soon",
  "2026-11-23T12:00:30Z",
  "23 Nov 2026 12:00:30 GMT",
  "Sun, 23 Nov 2026 12:00:30 GMT",
  "Mon, 23 Nov 2026 12:00:30 UTC",
  "Mon, 23 Nov 2026 12:00:30 +0000",
  "mon, 23 nov 2026 12:00:30 gmt",
  "Mon, 23 Nov 2026 12:00:60 GMT",
  "Mon, 23 Nov 2026 24:00:00 GMT",
  "Mon, 31 Nov 2026 12:00:30 GMT",
  "Mon,  3 Nov 2026 12:00:30 GMT",
  "Mon, 23 Nov 26 12:00:30 GMT",
  "Sunday, 23-Nov-26 12:00:30 GMT",
  "Mon Nov 23 12:00:30 26",
  "Sun Nov 23 12:00:30 2026",
  "Mon, 23 Nov 2026 12:00:30 GMT, 10",
])("does not take %j", (text) => {
  expect(parseRetryAfter(text, now)).toBeUndefined();
});
