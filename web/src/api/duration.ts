/** Lengths of time between the API and people, exact to the nanosecond. */
import { create } from "@bufbuild/protobuf";
import { type Duration, DurationSchema } from "@bufbuild/protobuf/wkt";
import { formatDuration } from "../../../src/duration.ts";

const perSecond = 1_000_000_000n;

/** Nanoseconds; an absent duration is none. */
export function nanosecondsOf(duration: Duration | undefined): bigint {
  return duration === undefined ? 0n : duration.seconds * perSecond + BigInt(duration.nanos);
}

/** @param nanoseconds not negative */
export function durationOf(nanoseconds: bigint): Duration {
  return create(DurationSchema, {
    seconds: nanoseconds / perSecond,
    nanos: Number(nanoseconds % perSecond),
  });
}

/** For instance "10s" or "1m30s". */
export function durationText(duration: Duration | undefined): string {
  return formatDuration(nanosecondsOf(duration));
}
