/**
 * Durations and timestamps between messages and the domain. Messages that many answers hold are plain objects:
 * `create` takes several times as long to make the same.
 */
import type { Duration, Timestamp } from "@bufbuild/protobuf/wkt";
import { type Micros, micros, type Nanoseconds, nanoseconds } from "../domain/units.ts";
import type { Violation } from "../errors/api-error.ts";

/** Furthest second a google.protobuf.Duration may have. */
const maxSeconds = 315_576_000_000n;

/**
 * Finds durations that break the type's own rules, which the wire format does not enforce: nanos
 * out of range, or of another sign than the seconds.
 */
export function durationViolations(field: string, duration: Duration | undefined): Violation[] {
  if (duration === undefined) return [];
  const { seconds, nanos } = duration;
  const inRange = seconds <= maxSeconds && seconds >= -maxSeconds && Math.abs(nanos) <= 999_999_999;
  const sameSign = seconds === 0n || nanos === 0 || seconds > 0n === nanos > 0;
  if (inRange && sameSign) return [];
  const description = "must have nanos from -999999999 to 999999999 with the sign of the seconds";
  return [{ field, description }];
}

/** A valid duration of at most 104 days. */
export function toNanoseconds(duration: Duration): Nanoseconds {
  return nanoseconds(Number(duration.seconds) * 1e9 + duration.nanos);
}

export function toDuration(value: Nanoseconds): Duration {
  const seconds = Math.trunc(value / 1e9);
  return {
    $typeName: "google.protobuf.Duration",
    seconds: BigInt(seconds),
    nanos: value - seconds * 1e9,
  };
}

/** Seconds since 1970 of the years 1 and 9999, the range of a google.protobuf.Timestamp. */
const timestampRange = { first: -62_135_596_800n, last: 253_402_300_799n };

/** Finds timestamps that break the type's own rules, which the wire format does not enforce. */
export function timestampViolations(field: string, timestamp: Timestamp | undefined): Violation[] {
  if (timestamp === undefined) return [];
  const { seconds, nanos } = timestamp;
  const inRange = seconds >= timestampRange.first && seconds <= timestampRange.last;
  if (inRange && nanos >= 0 && nanos <= 999_999_999) return [];
  const description = "must lie in the years 1 to 9999, with nanos from 0 to 999999999";
  return [{ field, description }];
}

/**
 * A valid timestamp.
 *
 * @param round what happens to nanoseconds
 * @returns the nearest point in time that microseconds can tell exactly, which ends in the year 2255
 */
export function toMicros(timestamp: Timestamp, round: (value: number) => number): Micros {
  const exact = Number(timestamp.seconds) * 1e6 + round(timestamp.nanos / 1000);
  const { MIN_SAFE_INTEGER, MAX_SAFE_INTEGER } = Number;
  return micros(Math.min(Math.max(exact, MIN_SAFE_INTEGER), MAX_SAFE_INTEGER));
}

/** The end of a time that begins now. */
export function endOf(duration: Duration, now: Micros): Micros {
  return micros(now + Math.ceil(toNanoseconds(duration) / 1000));
}

export function toTimestamp(value: Micros): Timestamp {
  const seconds = Math.floor(value / 1e6);
  return {
    $typeName: "google.protobuf.Timestamp",
    seconds: BigInt(seconds),
    nanos: (value - seconds * 1e6) * 1000,
  };
}
