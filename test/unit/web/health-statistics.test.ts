import { create } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import {
  DeliveryAttemptSchema,
  DeliverySchema,
  DeliveryState,
} from "../../../gen/targetd/v1/delivery_service_pb.ts";
import {
  latencyOf,
  partsOf,
  percentile,
  spread,
  successShare,
  volumeOf,
} from "../../../web/src/pages/target/health/statistics.ts";

const parts = partsOf({ from: 1000, to: 4000 }, 3);

test("deliveries count in the part of the time in which they were created", () => {
  const at = (ms: number, state: DeliveryState) =>
    create(DeliverySchema, { creationDate: timestampFromMs(ms), state });
  const { SUCCEEDED, FAILED, PENDING, CANCELLED } = DeliveryState;
  const deliveries = [
    ...[at(1000, SUCCEEDED), at(1999, FAILED), at(2000, SUCCEEDED), at(3999, PENDING)],
    ...[at(3000, CANCELLED), at(999, SUCCEEDED), at(4000, SUCCEEDED)],
  ];
  expect(
    volumeOf(deliveries, parts).map(({ succeeded, failed, pending, cancelled }) => [
      ...[succeeded, failed, pending, cancelled],
    ]),
  ).toEqual([
    [1, 1, 0, 0],
    [1, 0, 0, 0],
    [0, 0, 1, 1],
  ]);
});

test("attempts count in the part of the time in which they began", () => {
  const attempt = (startMs: number, ms: number) =>
    create(DeliveryAttemptSchema, {
      startDate: timestampFromMs(startMs),
      timings: { total: durationFromMs(ms) },
    });
  const attempts = [attempt(1000, 30), attempt(1500, 10), attempt(1600, 20), attempt(3000, 5)];
  expect(latencyOf(attempts, parts).map(({ p50, p90, p99 }) => [p50, p90, p99])).toEqual([
    [20, 30, 30],
    [undefined, undefined, undefined],
    [5, 5, 5],
  ]);
});

test("a percentile is the least value that covers the share", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
  expect([0, 0.5, 0.9, 0.99, 1].map((share) => percentile(hundred, share))).toEqual([
    1, 50, 90, 99, 100,
  ]);
  expect(percentile([], 0.5)).toBeUndefined();
});

test("what is pending says nothing about success", () => {
  expect(successShare({ succeeded: 3, failed: 1 })).toBe(0.75);
  expect(successShare({ succeeded: 0, failed: 0 })).toBeUndefined();
});

test("a sample is spread over the whole list", () => {
  expect(spread([1, 2, 3], 5)).toEqual([1, 2, 3]);
  expect(spread([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 4)).toEqual([0, 2, 5, 7]);
});
