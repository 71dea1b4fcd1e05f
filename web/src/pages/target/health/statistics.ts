/** What the log of deliveries says about a target. */
import { durationMs, timestampMs } from "@bufbuild/protobuf/wkt";
import {
  type Delivery,
  type DeliveryAttempt,
  DeliveryState,
} from "../../../../../gen/targetd/v1/delivery_service_pb.ts";

/** A part of the time that is looked at; both in milliseconds since 1970. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** Deliveries that were created in an interval, by what became of them. */
export interface Volume extends Interval {
  readonly succeeded: number;
  readonly failed: number;
  readonly pending: number;
  readonly cancelled: number;
}

/** How long attempts took that began in an interval, in milliseconds; undefined when there was none. */
export interface Latency extends Interval {
  readonly p50: number | undefined;
  readonly p90: number | undefined;
  readonly p99: number | undefined;
}

/** Cuts an interval into equal parts. */
export function partsOf({ from, to }: Interval, count: number): readonly Interval[] {
  const length = (to - from) / count;
  return Array.from({ length: count }, (_, index) => ({
    from: from + index * length,
    to: from + (index + 1) * length,
  }));
}

const stateNames: ReadonlyMap<DeliveryState, keyof Omit<Volume, keyof Interval>> = new Map([
  [DeliveryState.SUCCEEDED, "succeeded"],
  [DeliveryState.FAILED, "failed"],
  [DeliveryState.PENDING, "pending"],
  [DeliveryState.CANCELLED, "cancelled"],
]);

export function volumeOf(
  deliveries: readonly Delivery[],
  parts: readonly Interval[],
): readonly Volume[] {
  const volumes = parts.map((part) => ({
    ...part,
    ...{ succeeded: 0, failed: 0, pending: 0, cancelled: 0 },
  }));
  for (const { creationDate, state } of deliveries) {
    const name = stateNames.get(state);
    const time = creationDate === undefined ? Number.NaN : timestampMs(creationDate);
    const volume = volumes[placeOf(time, parts)];
    if (name !== undefined && volume !== undefined) volume[name] += 1;
  }
  return volumes;
}

export function latencyOf(
  attempts: readonly DeliveryAttempt[],
  parts: readonly Interval[],
): readonly Latency[] {
  const lengths = parts.map((): number[] => []);
  for (const { startDate, timings } of attempts) {
    const time = startDate === undefined ? Number.NaN : timestampMs(startDate);
    if (timings?.total !== undefined)
      lengths[placeOf(time, parts)]?.push(durationMs(timings.total));
  }
  return parts.map((part, index) => {
    const sorted = (lengths[index] ?? []).sort((a, b) => a - b);
    const of = (share: number) => percentile(sorted, share);
    return { ...part, p50: of(0.5), p90: of(0.9), p99: of(0.99) };
  });
}

/** Place of the part that a time is in; the parts are of equal length. Beyond them there is none. */
function placeOf(time: number, parts: readonly Interval[]): number {
  const [first] = parts;
  if (first === undefined) return -1;
  return Math.floor((time - first.from) / (first.to - first.from));
}

/**
 * The least value that this share of all values does not exceed.
 *
 * @param sorted in ascending order
 * @returns undefined when there are no values
 */
export function percentile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}

/** Share of the finished deliveries that the target took; undefined when none is finished. */
export function successShare({ succeeded, failed }: Pick<Volume, "succeeded" | "failed">) {
  const finished = succeeded + failed;
  return finished === 0 ? undefined : succeeded / finished;
}

/** At most so many entries, evenly spread over the list. */
export function spread<T>(list: readonly T[], most: number): readonly T[] {
  if (list.length <= most) return list;
  return Array.from({ length: most }, (_, index) => {
    const place = Math.floor((index * list.length) / most);
    return list[place] as T;
  });
}
