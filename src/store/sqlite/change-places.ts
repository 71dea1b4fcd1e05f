/** Times as places in the order of the changes. */
import type Database from "better-sqlite3";
import type { InstanceId, Micros } from "../../domain/units.ts";
import type { Undoing } from "./group-commit.ts";
import { keepFact } from "./instance-facts.ts";
import { steady } from "./steady.ts";

export interface ChangePlace {
  readonly sequence: number;
  /** The latest time among the changes up to this one, which never goes back. */
  readonly latestAt: number;
}

export interface ChangePlaces {
  /** The place of the last change; that before the first one when there is none. */
  last(instance: InstanceId): ChangePlace;
  /** To be called when changes were added. */
  setLast(instance: InstanceId, place: ChangePlace): void;
  /**
   * A number at or after that of the last change until which all were made before `at`, and before the next
   * one's; 0 when there is no such change.
   */
  lastBefore(instance: InstanceId, at: Micros): number;
}

export const placeSql = {
  first: `SELECT sequence, latest_at AS latestAt FROM changes WHERE instance_id = ?
    ORDER BY sequence LIMIT 1`,
  upTo: `SELECT sequence, latest_at AS latestAt FROM changes WHERE instance_id = ? AND sequence <= ?
    ORDER BY sequence DESC LIMIT 1`,
} as const;

/** Where an instance has no changes. */
const start: ChangePlace = { sequence: 0, latestAt: 0 };

export function createChangePlaces(db: Database.Database, commits: Undoing): ChangePlaces {
  const selectFirst = db.prepare<[string], ChangePlace>(steady(placeSql.first));
  const selectUpTo = db.prepare<[string, number], ChangePlace>(steady(placeSql.upTo));
  const last = keepFact(
    commits,
    (instance) => selectUpTo.get(instance, Number.MAX_SAFE_INTEGER) ?? start,
  );
  return {
    last: last.of,
    setLast: last.set,

    lastBefore(instance, at) {
      const first = selectFirst.get(instance);
      if (first === undefined || first.latestAt >= at) return 0;
      let before = first.sequence;
      let end = last.of(instance).sequence;
      while (before < end) {
        const middle = before + Math.ceil((end - before) / 2);
        const found = selectUpTo.get(instance, middle);
        if (found === undefined || found.latestAt < at) before = middle;
        else end = found.sequence - 1;
      }
      return before;
    },
  };
}
