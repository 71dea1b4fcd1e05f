/**
 * The deliveries that a page shows, newest first, as ListDeliveries lists them: a bounded number, of
 * which every change makes a new value.
 */
import type { Delivery, DeliveryState } from "../../../../gen/targetd/v1/delivery_service_pb.ts";

export interface DeliveryRows {
  readonly rows: readonly Delivery[];
  /** How many rows there are of each state. */
  readonly counts: ReadonlyMap<DeliveryState, number>;
  /** How many rows went because there were too many. */
  readonly dropped: number;
}

/** Most rows: some MB, and a minute at more than 100 deliveries a second. */
export const mostRows = 10_000;

export const noRows: DeliveryRows = { rows: [], counts: new Map(), dropped: 0 };

/** Below 0 when `left` comes first. The date of creation and the id of a delivery never change. */
function order(left: Delivery, right: Delivery): number {
  const [a, b] = [left.creationDate, right.creationDate];
  const seconds = Number((b?.seconds ?? 0n) - (a?.seconds ?? 0n));
  const difference = seconds || (b?.nanos ?? 0) - (a?.nanos ?? 0);
  if (difference !== 0) return difference;
  if (left.id === right.id) return 0;
  return left.id > right.id ? -1 : 1;
}

/**
 * Puts deliveries as they are now in their places.
 *
 * @param changed in the order of their changes; the last of each delivery counts
 * @param isShown whether a delivery has a place here, as it is now
 * @param most from here on the oldest rows go
 */
export function withChanges(
  before: DeliveryRows,
  changed: readonly Delivery[],
  isShown: (delivery: Delivery) => boolean,
  most: number = mostRows,
): DeliveryRows {
  if (changed.length === 0) return before;
  const latest = [...new Map(changed.map((delivery) => [delivery.id, delivery])).values()];
  const merged = merge(before.rows, latest.sort(order), isShown);
  const rows = merged.length > most ? merged.slice(0, most) : merged;
  // What is older than all rows of a full view had no place before either.
  const oldest = before.rows.at(-1);
  const isNew = (delivery: Delivery) =>
    before.rows.length < most || (oldest !== undefined && order(delivery, oldest) <= 0);
  const dropped = before.dropped + merged.slice(most).filter(isNew).length;
  return { rows, counts: countsOf(rows), dropped };
}

/** Adds rows of the list; those that are there already came from a watch, and are as new or newer. */
export function withListed(
  before: DeliveryRows,
  listed: readonly Delivery[],
  most: number = mostRows,
): DeliveryRows {
  const known = new Set(before.rows.map(({ id }) => id));
  const unknown = listed.filter(({ id }) => !known.has(id));
  return withChanges(before, unknown, () => true, most);
}

/** Both are in order; of a delivery that is in both, the second's counts. */
function merge(
  rows: readonly Delivery[],
  changed: readonly Delivery[],
  isShown: (delivery: Delivery) => boolean,
): Delivery[] {
  const merged: Delivery[] = [];
  let next = 0;
  for (const delivery of changed) {
    for (let row = rows[next]; row !== undefined && order(row, delivery) < 0; row = rows[next]) {
      merged.push(row);
      next++;
    }
    if (rows[next]?.id === delivery.id) next++;
    if (isShown(delivery)) merged.push(delivery);
  }
  return merged.concat(rows.slice(next));
}

function countsOf(rows: readonly Delivery[]): ReadonlyMap<DeliveryState, number> {
  const counts = new Map<DeliveryState, number>();
  for (const { state } of rows) counts.set(state, (counts.get(state) ?? 0) + 1);
  return counts;
}
