/** Parsers of flags: each gives the value, or tells what the text must be. */
import { create } from "@bufbuild/protobuf";
import {
  type Duration,
  DurationSchema,
  type Timestamp,
  timestampFromMs,
} from "@bufbuild/protobuf/wkt";
import { InvalidArgumentError } from "commander";
import { durationForm, parseDuration } from "../duration.ts";

const nanosPerSecond = 1_000_000_000n;
const nanosPerMillisecond = 1_000_000n;

/** Parser of flags that take a duration. */
export function durationArgument(text: string): Duration {
  const nanoseconds = parseDuration(text);
  if (nanoseconds === undefined) throw new InvalidArgumentError(`It must be ${durationForm}.`);
  return create(DurationSchema, {
    seconds: nanoseconds / nanosPerSecond,
    nanos: Number(nanoseconds % nanosPerSecond),
  });
}

/**
 * Parser of flags that take a whole number from 0.
 *
 * @param max largest number that the message can hold
 */
export function countArgument(max: number): (text: string) => number {
  return (text) => {
    if (/^\d+$/.test(text) && Number(text) <= max) return Number(text);
    throw new InvalidArgumentError(`It must be a whole number from 0 to ${max}.`);
  };
}

/** Dates of RFC 3339, the time being optional; JavaScript alone would read much more. */
const dateForm = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?$/;

/**
 * Parser of flags that take a point in time: a date, or how far it is from now.
 *
 * @param direction where a length of time leads
 */
export function momentArgument(direction: "ahead" | "ago"): (text: string) => Timestamp {
  return (text) => {
    const length = parseDuration(text);
    if (length !== undefined) {
      const milliseconds = Number(length / nanosPerMillisecond);
      return timestampFromMs(Date.now() + (direction === "ahead" ? milliseconds : -milliseconds));
    }
    const date = dateForm.test(text) ? Date.parse(text) : Number.NaN;
    if (!Number.isNaN(date)) return timestampFromMs(date);
    throw new InvalidArgumentError(`It must be ${durationForm}, or a date such as "2027-01-31".`);
  };
}

/** Parser of flags that may be given more than once. */
export function repeatedArgument(text: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, text];
}
