import type Database from "better-sqlite3";
import type { FieldChange } from "../../domain/target.ts";
import { type InstanceId, micros } from "../../domain/units.ts";
import type { ChangeContent, ChangePage, ChangeQuery, ChangeRecord } from "../audit-store.ts";
import type { Authorship } from "../store.ts";

/** SQL text with the values of its placeholders, in order. */
interface BoundSql {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

interface ChangeRow extends Omit<ChangeRecord, "at" | "certificate" | "fields"> {
  readonly sequence: number;
  readonly at: number;
  readonly certificate: string | null;
  /** JSON of FieldChange[]. */
  readonly fields: string;
}

const columns = `sequence, at, author, certificate, resource_type AS resourceType, resource_id AS resourceId,
  action, fields`;

/** The rows of changes. */
export interface ChangeTable {
  /** Runs inside the transaction of the write that it is about. */
  add(instance: InstanceId, by: Authorship, content: ChangeContent): void;
  list(instance: InstanceId, query: ChangeQuery): ChangePage;
}

export function createChangeTable(db: Database.Database): ChangeTable {
  const insert = db.prepare<[ChangeParameters]>(
    `INSERT INTO changes
       (instance_id, sequence, at, author, certificate, resource_type, resource_id, action, fields)
     VALUES (
       @instance, (SELECT coalesce(max(sequence), 0) + 1 FROM changes WHERE instance_id = @instance),
       @at, @author, @certificate, @resourceType, @resourceId, @action, @fields
     )`,
  );
  return {
    add(instance, { author, certificate = null, at }, { fields, ...content }) {
      const row = { instance, at, author, certificate, ...content };
      insert.run({ ...row, fields: JSON.stringify(fields) });
    },

    list(instance, query) {
      const { sql, values } = changesSql(instance, query);
      const rows = db.prepare<unknown[], ChangeRow>(sql).all(...values);
      const page = rows.slice(0, query.limit);
      const next = rows.length > page.length ? page.at(-1)?.sequence : undefined;
      return { items: page.map(toChange), next };
    },
  };
}

type ChangeParameters = Omit<ChangeRow, "sequence"> & { readonly instance: InstanceId };

/** The rows of one page, and one more when it is not the last. */
export function changesSql(instance: InstanceId, query: ChangeQuery): BoundSql {
  const { resourceType, resourceId, author, since, until, after, limit } = query;
  const byTime = isByTime(query);
  const [time, cursor] = byTime ? ["at", "+sequence"] : ["+at", "sequence"];
  const wanted: readonly [string, string | number | undefined][] = [
    ["instance_id = ?", instance],
    [typeCondition(resourceType), resourceType],
    ["resource_id = ?", resourceId],
    ["author = ?", author],
    [`${time} >= ?`, since],
    [`${time} < ?`, until],
    [`${cursor} < ?`, after],
  ];
  const conditions = wanted.flatMap(([sql, value]) => (value === undefined ? [] : { sql, value }));
  const values = conditions.map(({ value }) => value);
  const page = `FROM changes WHERE ${conditions.map(({ sql }) => sql).join(" AND ")}
    ORDER BY sequence DESC LIMIT ?`;
  if (!byTime) return { sql: `SELECT ${columns} ${page}`, values: [...values, limit + 1] };
  return {
    sql: `SELECT ${columns} FROM changes
      WHERE instance_id = ? AND sequence IN (SELECT sequence ${page}) ORDER BY sequence DESC`,
    values: [instance, ...values, limit + 1],
  };
}

/**
 * Whether a query is best answered by the index of times, at the price of sorting what it finds; the
 * index holds all that this takes, so that only the rows of the page are read. A filter for one
 * resource, author or rare type leaves less. The other index columns are kept from SQLite by a plus
 * sign (sqlite.org/optoverview.html, "Disqualifying WHERE Clause Terms").
 */
function isByTime({ resourceType = "target", resourceId, author, since }: ChangeQuery): boolean {
  const selective = resourceType !== "target" || (resourceId ?? author) !== undefined;
  return since !== undefined && !selective;
}

/** SQLite uses a partial index only when the query repeats the condition of the index. */
function typeCondition(type: ChangeQuery["resourceType"]): string {
  return type === "target"
    ? "resource_type = ?"
    : "resource_type = ? AND resource_type <> 'target'";
}

function toChange({ sequence: _, at, certificate, fields, ...row }: ChangeRow): ChangeRecord {
  return {
    ...row,
    at: micros(at),
    certificate: certificate ?? undefined,
    fields: JSON.parse(fields) as FieldChange[],
  };
}
