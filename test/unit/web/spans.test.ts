import { create } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { DeliveryAttemptSchema } from "../../../gen/targetd/v1/delivery_service_pb.ts";
import { durationText, spansOf } from "../../../web/src/pages/delivery/spans.ts";

const parts = ["dns", "connect", "tls", "firstByte", "total"] as const;

/** @param timings in milliseconds */
function spans(timings: Partial<Record<(typeof parts)[number], number>>, stage = "") {
  const durations = Object.entries(timings).map(([name, ms]) => [name, durationFromMs(ms)]);
  const attempt = create(DeliveryAttemptSchema, {
    stage,
    timings: Object.fromEntries(durations),
  });
  return spansOf(attempt).map(({ name, start, length, failed }) => [name, start, length, failed]);
}

test("the parts of an attempt follow each other, and the rest is the body of the answer", () => {
  expect(spans({ dns: 1, connect: 2, tls: 4, firstByte: 8, total: 20 })).toEqual([
    ["Name", 0, 1, false],
    ["Connection", 1, 2, false],
    ["TLS", 3, 4, false],
    ["Answer", 7, 8, false],
    ["Rest", 15, 5, false],
  ]);
});

test("an open connection took no time", () => {
  expect(spans({ firstByte: 8, total: 8 })).toEqual([["Answer", 0, 8, false]]);
});

test.each([
  ["resolve", "Name"],
  ["connect", "Connection"],
  ["tls", "TLS"],
  ["headers", "Answer"],
  ["body", "Rest"],
  ["refused", "Rest"],
])("what no part accounts for belongs to where it failed: %s", (stage, name) => {
  expect(spans({ total: 5 }, stage)).toEqual([[name, 0, 5, true]]);
});

test("a status is a failure of the answer, whatever its body took", () => {
  expect(spans({ firstByte: 8, total: 9 }, "status")).toEqual([
    ["Answer", 0, 8, true],
    ["Rest", 8, 1, false],
  ]);
});

test.each([
  [0.25, "0.3 ms"],
  [12.34, "12.3 ms"],
  [250.4, "250 ms"],
  [1240, "1.24 s"],
  [90_000, "1.5 min"],
])("%f ms is %s", (ms, text) => {
  expect(durationText(ms)).toBe(text);
});
