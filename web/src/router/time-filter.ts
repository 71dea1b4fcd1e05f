/** Times in queries of addresses. */
import { type Timestamp, timestampFromDate } from "@bufbuild/protobuf/wkt";

/** From a time on and before another, in milliseconds since 1970; undefined means without an end. */
export interface TimeFilter {
  readonly since: number | undefined;
  readonly until: number | undefined;
}

/** Reads the parameters `since` and `until`; what is no time of ISO 8601 counts as absent. */
export function readTimes(query: URLSearchParams): TimeFilter {
  return { since: timeOf(query.get("since")), until: timeOf(query.get("until")) };
}

/** Without it, Date.parse takes any text with a number for a date. */
const iso = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?$/;

function timeOf(text: string | null): number | undefined {
  const time = iso.test(text ?? "") ? Date.parse(text ?? "") : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** The times as lists take them. */
export function toTimestamps({ since, until }: TimeFilter): {
  readonly since?: Timestamp;
  readonly until?: Timestamp;
} {
  const timestamp = (ms: number) => timestampFromDate(new Date(ms));
  return {
    ...(since !== undefined && { since: timestamp(since) }),
    ...(until !== undefined && { until: timestamp(until) }),
  };
}
