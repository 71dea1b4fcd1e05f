import type Database from "better-sqlite3";
import type { InstanceId, Micros } from "../../domain/units.ts";
import type { ChangeContent, ChangePage, ChangeQuery } from "../audit-store.ts";
import { changeRanges, placeTimes } from "../queries/changes.ts";
import { type ChangeRow, toChangePage } from "../rows/changes.ts";
import type { Authorship } from "../store.ts";
import type { ChangePlaces } from "./change-places.ts";
import type { Link } from "./histories.ts";
import { changeInserter, type NewChange } from "./insert-change.ts";
import { createRangeReader } from "./read-changes.ts";

export interface DatedChange {
  readonly content: ChangeContent;
  readonly date: Micros;
  /** Of a change that the row of a target leads to. */
  readonly link?: Link | undefined;
}

/** The rows of changes. */
export interface ChangeTable {
  /**
   * Runs inside the transaction of the write that it is about.
   *
   * @param by whose write it is, at its time
   * @param date of the change; change dates move forward even when the clock does not
   * @param link what the table of targets made of {@link next}, for a change of a target
   */
  add(
    instance: InstanceId,
    by: Authorship,
    content: ChangeContent,
    date?: Micros,
    link?: Link,
  ): void;
  /**
   * The same for many changes of one write, which is a fraction of the work.
   *
   * @returns the place of the first one; the others follow it
   */
  addAll(instance: InstanceId, by: Authorship, changes: readonly DatedChange[]): number;
  /** The number of the change that will be added next. */
  next(instance: InstanceId): number;
  list(instance: InstanceId, query: ChangeQuery): ChangePage;
}

export function createChangeTable(db: Database.Database, places: ChangePlaces): ChangeTable {
  const insert = changeInserter(db);
  const readRange = createRangeReader(db);
  const table: ChangeTable = {
    add: (instance, by, content, date = by.at, link = undefined) =>
      void table.addAll(instance, by, [{ content, date, link }]),

    addAll(instance, { author, certificate = null }, changes) {
      const last = places.last(instance);
      let { sequence, latestAt } = last;
      for (const { content, date, link } of changes) {
        sequence += 1;
        latestAt = Math.max(latestAt, date);
        const linked = linkColumns(content, sequence, link);
        insert({ instance, sequence, at: date, latestAt, author, certificate, content, ...linked });
      }
      places.setLast(instance, { sequence, latestAt });
      return last.sequence + 1;
    },

    next: (instance) => places.last(instance).sequence + 1,

    list(instance, query) {
      const { from, last } = placeTimes(query);
      const place = (at: Micros) => places.lastBefore(instance, at);
      const window = { from: from ? place(from) : 0, last: last && place(last) };
      const rows: ChangeRow[] = [];
      for (const range of changeRanges(query, window)) {
        rows.push(...readRange(instance, query, range));
        if (rows.length > query.limit) break;
      }
      return toChangePage(rows, query.limit);
    },
  };
  return table;
}

/**
 * The columns of a link: nothing leads to a deletion, as the row of its target may go before it does, so the
 * index has it.
 */
function linkColumns(
  { action }: ChangeContent,
  sequence: number,
  link: Link | undefined,
): Pick<NewChange, "linked" | "previous" | "leap"> {
  if (link === undefined) return unlinked;
  if (link.change !== sequence)
    throw new Error("a change was added before one that has its number");
  const { previous = null, leap = null } = link;
  return { linked: action === "deleted" ? 0 : 1, previous, leap };
}

const unlinked = { linked: 0, previous: null, leap: null } as const;
