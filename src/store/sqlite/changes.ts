import type Database from "better-sqlite3";
import type { InstanceId, Micros } from "../../domain/units.ts";
import type { ChangeContent, ChangePage, ChangeQuery } from "../audit-store.ts";
import { changesSql, placeTimes } from "../queries/changes.ts";
import { type ChangeRow, toChangePage } from "../rows/changes.ts";
import type { Authorship } from "../store.ts";
import type { ChangePlaces } from "./change-places.ts";
import { sqliteDialect } from "./dialect.ts";

export interface DatedChange {
  readonly content: ChangeContent;
  readonly date: Micros;
}

/** The rows of changes. */
export interface ChangeTable {
  /**
   * Runs inside the transaction of the write that it is about.
   *
   * @param by whose write it is, at its time
   * @param date of the change; change dates move forward even when the clock does not
   */
  add(instance: InstanceId, by: Authorship, content: ChangeContent, date?: Micros): void;
  /**
   * The same for many changes of one write, which is a fraction of the work.
   *
   * @returns the place of the first one; the others follow it
   */
  addAll(instance: InstanceId, by: Authorship, changes: readonly DatedChange[]): number;
  list(instance: InstanceId, query: ChangeQuery): ChangePage;
}

export function createChangeTable(db: Database.Database, places: ChangePlaces): ChangeTable {
  const insert = db.prepare<(string | number | null)[]>(
    `INSERT INTO changes
       (instance_id, sequence, at, latest_at, author, certificate, resource_type, resource_id,
        action, fields)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const table: ChangeTable = {
    add: (instance, by, content, date = by.at) =>
      void table.addAll(instance, by, [{ content, date }]),

    addAll(instance, { author, certificate = null }, changes) {
      const last = places.last(instance);
      let { sequence, latestAt } = last;
      for (const { content, date } of changes) {
        const { resourceType, resourceId, action, fields } = content;
        sequence += 1;
        latestAt = Math.max(latestAt, date);
        const place = [instance, sequence, date, latestAt] as const;
        const about = [resourceType, resourceId, action, JSON.stringify(fields)] as const;
        insert.run(...place, author, certificate, ...about);
      }
      places.setLast(instance, { sequence, latestAt });
      return last.sequence + 1;
    },

    list(instance, query) {
      const { from, last } = placeTimes(query);
      const place = (at: Micros) => places.lastBefore(instance, at);
      const window = { from: from ? place(from) : 0, last: last && place(last) };
      const rows: ChangeRow[] = [];
      for (const { sql, values } of changesSql(sqliteDialect, instance, query, window)) {
        rows.push(...db.prepare<unknown[], ChangeRow>(sql).all(...values));
        if (rows.length > query.limit) break;
      }
      return toChangePage(rows, query.limit);
    },
  };
  return table;
}
