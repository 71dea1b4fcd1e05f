import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatDuration, parseDuration } from "../../src/duration.ts";

const ms = 1_000_000n;
const s = 1000n * ms;

describe("parseDuration", () => {
  test.each([
    ["0", 0n],
    ["0s", 0n],
    ["10s", 10n * s],
    ["500ms", 500n * ms],
    ["1m30s", 90n * s],
    ["270s", 270n * s],
    ["24h", 86_400n * s],
    ["30d", 30n * 86_400n * s],
    ["1d2h3m4s5ms6us7ns", 93_784_005_006_007n],
    ["1.5h", 5400n * s],
    ["0.000000001s", 1n],
    ["0.1s", 100n * ms],
    ["9007199254740993ns", 9_007_199_254_740_993n],
  ])("reads %s exactly", (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });

  test.each([
    "",
    "s",
    "10",
    "10 s",
    " 10s",
    "10s ",
    "-1s",
    "+1s",
    "1s1m",
    "1s1s",
    "1.s",
    ".5s",
    "0.5ns",
    "1e3s",
    "1w",
    "10S",
    "٣s",
    "1m30",
    "99999999999999997d",
  ])("refuses %j", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe("formatDuration", () => {
  test.each([
    [0n, "0s"],
    [10n * s, "10s"],
    [90n * s, "1m30s"],
    [270n * s, "4m30s"],
    [86_400n * s, "24h"],
    [1n, "1ns"],
    [1500n * ms, "1s500ms"],
    [-s, "-1s"],
  ])("prints %s", (value, expected) => {
    expect(formatDuration(value)).toBe(expected);
  });

  test("what it prints is read back as the same length", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 20n }), (value) => {
        expect(parseDuration(formatDuration(value))).toBe(value);
      }),
    );
  });
});
