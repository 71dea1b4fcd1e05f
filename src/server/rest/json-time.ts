/** Writes the JSON texts of times and durations, which nearly every message has, without a Date for each. */
import type { DescMessage, Message } from "@bufbuild/protobuf";
import type { Duration, Timestamp } from "@bufbuild/protobuf/wkt";

type WriteJson = (message: Message) => string;

/**
 * The writer of google.protobuf.Timestamp and Duration.
 *
 * @param other writes what is out of range, or throws
 * @returns undefined for other types
 */
export function timeWriter(desc: DescMessage, other: WriteJson): WriteJson | undefined {
  if (desc.typeName === "google.protobuf.Timestamp") {
    return (message) => timestampText(message as Timestamp) ?? other(message);
  }
  if (desc.typeName !== "google.protobuf.Duration") return undefined;
  return (message) => durationText(message as Duration) ?? other(message);
}

const secondsADay = 86_400;
/** Beginnings of the years 1970 and 10000, in seconds. */
const first = 0;
const end = 253_402_300_800;

/** The last day that was written, as most times are of one day or in order. */
let lastDay = { number: Number.NaN, text: "" };

const twoDigits = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, "0"));

/** @returns undefined for what may be invalid */
function timestampText({ seconds, nanos }: Timestamp): string | undefined {
  const at = Number(seconds);
  if (!(at >= first && at < end && nanos >= 0 && nanos < 1e9)) return undefined;
  const day = Math.floor(at / secondsADay);
  if (day !== lastDay.number) lastDay = { number: day, text: dateText(day) };
  const ofDay = at - day * secondsADay;
  const hour = twoDigits[Math.floor(ofDay / 3600)];
  const minute = twoDigits[Math.floor(ofDay / 60) % 60];
  return `"${lastDay.text}T${hour}:${minute}:${twoDigits[ofDay % 60]}${fraction(nanos)}Z"`;
}

function dateText(day: number): string {
  return new Date(day * secondsADay * 1000).toISOString().slice(0, 10);
}

/** @returns undefined for what may be invalid */
function durationText({ seconds, nanos }: Duration): string | undefined {
  const whole = Number(seconds);
  const valid = whole >= 0 && whole <= 315_576_000_000 && nanos >= 0 && nanos < 1e9;
  return valid ? `"${whole}${fraction(nanos)}s"` : undefined;
}

/** Three, six or nine decimals, as ProtoJSON writes them; none for zero. */
function fraction(nanos: number): string {
  if (nanos === 0) return "";
  if (nanos % 1e6 === 0) return `.${String(nanos / 1e6).padStart(3, "0")}`;
  if (nanos % 1000 === 0) return `.${String(nanos / 1000).padStart(6, "0")}`;
  return `.${String(nanos).padStart(9, "0")}`;
}
