/** What a list of targets is asked for. */

/** How a name is compared. The ...IgnoreCase ones compare name keys. */
export interface NameFilter {
  readonly kind: "name";
  readonly text: string;
  readonly match: "equals" | "startsWith" | "contains" | "endsWith";
  readonly ignoreCase: boolean;
}

/** Matches targets whose id is in the list. */
export interface IdFilter {
  readonly kind: "ids";
  readonly ids: readonly string[];
}

export type TargetFilter = NameFilter | IdFilter;

/** What targets are sorted by. Types sort as webhook, call, async; false before true. */
export type TargetSort =
  | "id"
  | "createdAt"
  | "changedAt"
  | "name"
  | "type"
  | "endpoint"
  | "timeout"
  | "interruptOnError";

export interface TargetQuery {
  /** All must match. */
  readonly filters: readonly TargetFilter[];
  readonly sort: TargetSort;
  readonly ascending: boolean;
  /** Entries to skip; may be past the end. */
  readonly offset: number;
  /** Entries to return, at least 1. */
  readonly limit: number;
}
