/** Durations and timestamps between messages and the domain. */
import { create } from "@bufbuild/protobuf";
import {
  type Duration,
  DurationSchema,
  type Timestamp,
  TimestampSchema,
} from "@bufbuild/protobuf/wkt";
import { type Micros, type Nanoseconds, nanoseconds } from "../domain/units.ts";
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
  return create(DurationSchema, { seconds: BigInt(seconds), nanos: value - seconds * 1e9 });
}

export function toTimestamp(value: Micros): Timestamp {
  const seconds = Math.floor(value / 1e6);
  return create(TimestampSchema, {
    seconds: BigInt(seconds),
    nanos: (value - seconds * 1e6) * 1000,
  });
}
