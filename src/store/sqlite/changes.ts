import type Database from "better-sqlite3";
import type { FieldChange } from "../../domain/target.ts";
import { type InstanceId, type Micros, micros } from "../../domain/units.ts";
import type { ChangeContent, ChangePage, ChangeQuery, ChangeRecord } from "../audit-store.ts";
import type { Authorship } from "../store.ts";
import { changesSql, type LastBefore, lastBeforeSql } from "./change-query.ts";
import { steady } from "./steady.ts";

interface ChangeRow extends Omit<ChangeRecord, "at" | "certificate" | "fields"> {
  readonly sequence: number;
  readonly at: number;
  readonly certificate: string | null;
  /** JSON of FieldChange[]. */
  readonly fields: string;
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
  list(instance: InstanceId, query: ChangeQuery): ChangePage;
}

export function createChangeTable(db: Database.Database): ChangeTable {
  const insert = db.prepare<[ChangeParameters]>(
    steady(`INSERT INTO changes
       (instance_id, sequence, at, latest_at, author, certificate, resource_type, resource_id,
        action, fields)
     SELECT @instance, coalesce(max(sequence), 0) + 1, @at, max(@at, coalesce(max(latest_at), @at)),
       @author, @certificate, @resourceType, @resourceId, @action, @fields
     FROM (
       SELECT sequence, latest_at FROM changes WHERE instance_id = @instance
       ORDER BY sequence DESC LIMIT 1
     )`),
  );
  const selectLastBefore = db.prepare<[string, number], number>(lastBeforeSql).pluck();
  return {
    add(instance, { author, certificate = null, at }, { fields, ...content }, date = at) {
      const row = { instance, at: date, author, certificate, ...content };
      insert.run({ ...row, fields: JSON.stringify(fields) });
    },

    list(instance, query) {
      const lastBefore: LastBefore = (at) => selectLastBefore.get(instance, at) ?? 0;
      const rows: ChangeRow[] = [];
      for (const { sql, values } of changesSql(instance, query, lastBefore)) {
        rows.push(...db.prepare<unknown[], ChangeRow>(sql).all(...values));
        if (rows.length > query.limit) break;
      }
      const page = rows.slice(0, query.limit);
      const next = rows.length > page.length ? page.at(-1)?.sequence : undefined;
      return { items: page.map(toChange), next };
    },
  };
}

type ChangeParameters = Omit<ChangeRow, "sequence"> & { readonly instance: InstanceId };

function toChange({ sequence: _, at, certificate, fields, ...row }: ChangeRow): ChangeRecord {
  return {
    ...row,
    at: micros(at),
    certificate: certificate ?? undefined,
    fields: JSON.parse(fields) as FieldChange[],
  };
}
