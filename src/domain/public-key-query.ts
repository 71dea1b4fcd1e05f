/** Lists of public keys. A target has at most 100, so they are filtered and sorted in memory. */
import type { PublicKey } from "./public-key.ts";
import type { Micros } from "./units.ts";

export type PublicKeyFilter =
  | { readonly by: "ids"; readonly ids: readonly string[] }
  | { readonly by: "active"; readonly active: boolean }
  | { readonly by: "expiresAt"; readonly method: TimeMethod; readonly at: Micros };

/** How times are compared. A key that never expires matches no comparison. */
export type TimeMethod = "equals" | "after" | "afterOrEquals" | "before" | "beforeOrEquals";

export interface PublicKeyQuery {
  /** All must match. */
  readonly filters: readonly PublicKeyFilter[];
  readonly sort: "createdAt" | "changedAt" | "expiresAt";
  readonly ascending: boolean;
  readonly offset: number;
  readonly limit: number;
}

const comparisons: Readonly<Record<TimeMethod, (value: Micros, than: Micros) => boolean>> = {
  equals: (value, than) => value === than,
  after: (value, than) => value > than,
  afterOrEquals: (value, than) => value >= than,
  before: (value, than) => value < than,
  beforeOrEquals: (value, than) => value <= than,
};

/** One page of the keys that match every filter, ties by id in the same direction. */
export function selectKeys(keys: readonly PublicKey[], query: PublicKeyQuery) {
  const { filters, sort, ascending, offset, limit } = query;
  const direction = ascending ? 1 : -1;
  const matching = keys
    .filter((key) => filters.every((filter) => matches(key, filter)))
    .sort((a, b) => direction * (rank(a, sort) - rank(b, sort) || (a.id < b.id ? -1 : 1)));
  return { items: matching.slice(offset, offset + limit), total: matching.length };
}

/** A key that never expires comes after all that do. */
function rank(key: PublicKey, sort: PublicKeyQuery["sort"]): number {
  return key[sort] ?? Number.MAX_VALUE;
}

function matches(key: PublicKey, filter: PublicKeyFilter): boolean {
  switch (filter.by) {
    case "ids":
      return filter.ids.includes(key.id);
    case "active":
      return key.active === filter.active;
    case "expiresAt":
      return key.expiresAt !== undefined && comparisons[filter.method](key.expiresAt, filter.at);
  }
}
