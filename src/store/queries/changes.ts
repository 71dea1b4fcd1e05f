/**
 * Audit queries as SQL.
 *
 * Changes are listed in the order of their commits, which is not quite that of their times. So a
 * window of time is first turned into places of that order, and a page is read from there on. What lies
 * more than `punctual` behind a change before it is late: those few have an index of their own.
 */
import { type InstanceId, type Micros, micros } from "../../domain/units.ts";
import type { ChangeQuery } from "../audit-store.ts";
import { type BoundSql, type Condition, type Dialect, present } from "./bound-sql.ts";

/** Microseconds; the migration has the same number in the condition of the index. */
const punctual = 1_000_000;

const columns = `sequence, at, author, certificate, resource_type AS "resourceType",
  resource_id AS "resourceId", action, fields`;

/** A window of time as places in the order of the changes. */
export interface Places {
  /** Of the last change until which all were made before the window; 0 when there is none. */
  readonly from: number;
  /** Of the last change until which all were made before its end or are late; undefined without an end. */
  readonly last: number | undefined;
}

/** The times for which the last change is to be looked up until which all were made before. */
export function placeTimes({ since, until }: ChangeQuery): {
  readonly from: Micros | undefined;
  readonly last: Micros | undefined;
} {
  return { from: since, last: until === undefined ? undefined : micros(until + punctual) };
}

/**
 * The queries whose rows, one after the other, are those of a page, and one more when it is not the
 * last. The second need not be asked when the first has found enough.
 */
export function changesSql(
  dialect: Dialect,
  instance: InstanceId,
  query: ChangeQuery,
  { from, last }: Places,
): readonly BoundSql[] {
  const { since, until, after = Number.MAX_SAFE_INTEGER, limit } = query;
  const conditions: readonly Condition[] = [
    ["instance_id = ?", instance],
    ["resource_type = ?", query.resourceType],
    ["resource_id = ?", query.resourceId],
    ["author = ?", query.author],
    ["at >= ?", since],
    ["at < ?", until],
  ];
  const page = (index: Index, least: number, most: number) => {
    const range: readonly Condition[] = [
      ["sequence > ?", least],
      ["sequence < ?", most],
    ];
    return select(dialect, index, [...conditions, ...range], limit);
  };

  const index = indexFor(query);
  if (last === undefined) return [page(index, from, after)];
  const inOrder = page(index, from, Math.min(last + 1, after));
  return after <= last + 1 ? [inOrder] : [page(lateIndex, last, after), inOrder];
}

/** An index, and the condition of a partial one, which the query has to repeat. */
type Index = readonly [name: string | undefined, condition: string];

const lateIndex: Index = ["changes_late", `latest_at - at > ${punctual}`];

/**
 * Left to itself, SQLite takes the numbers of the changes for more selective than anything else,
 * because they are unique.
 */
function indexFor({ resourceType = "target", resourceId, author }: ChangeQuery): Index {
  if (resourceId !== undefined) return ["changes_resource", "TRUE"];
  if (author !== undefined) return ["changes_author", "TRUE"];
  if (resourceType === "target") return [undefined, "TRUE"];
  return ["changes_rare_type", "resource_type <> 'target'"];
}

function select(
  dialect: Dialect,
  [index, condition]: Index,
  conditions: readonly Condition[],
  limit: number,
): BoundSql {
  const bound = present(conditions);
  const where = [condition, ...bound.map(({ sql }) => sql)].join(" AND ");
  return {
    sql: `SELECT ${columns} FROM changes ${index ? dialect.indexedBy(index) : ""} WHERE ${where}
      ORDER BY sequence DESC LIMIT ?`,
    values: [...bound.flatMap(({ values }) => values), limit + 1],
  };
}
