/**
 * Audit queries as SQL. The text is put together from the fixed fragments below; whatever comes from
 * outside is bound.
 *
 * Changes are listed in the order of their commits, which is not quite that of their times. So a
 * window of time is first turned into places of that order, and a page is read from there on. What lies
 * more than `punctual` behind a change before it is late: those few have an index of their own.
 */
import { type InstanceId, type Micros, micros } from "../../domain/units.ts";
import type { ChangeQuery } from "../audit-store.ts";
import { steady } from "./steady.ts";

/** SQL text with the values of its placeholders, in order. */
export interface BoundSql {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/** Finds the number of the last change until which all were made before a time; 0 when there is none. */
export type LastBefore = (at: Micros) => number;

/** Microseconds; the migration has the same number in the condition of the index. */
const punctual = 1_000_000;

/** The last change until which all were made before a time. */
export const lastBeforeSql =
  steady(`SELECT sequence FROM changes WHERE instance_id = ? AND latest_at < ?
  ORDER BY latest_at DESC, sequence DESC LIMIT 1`);

const columns = `sequence, at, author, certificate, resource_type AS resourceType,
  resource_id AS resourceId, action, fields`;

type Condition = readonly [sql: string, value: string | number | undefined];

/**
 * The queries whose rows, one after the other, are those of a page, and one more when it is not the
 * last. The second need not be asked when the first has found enough.
 */
export function changesSql(
  instance: InstanceId,
  query: ChangeQuery,
  lastBefore: LastBefore,
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
  const page = (index: string, from: number, to: number) =>
    select(index, [...conditions, ["sequence > ?", from], ["sequence < ?", to]], limit);

  const index = indexFor(query);
  const from = since === undefined ? 0 : lastBefore(since);
  if (until === undefined) return [page(index, from, after)];
  const last = lastBefore(micros(until + punctual));
  const inOrder = page(index, from, Math.min(last + 1, after));
  return after <= last + 1 ? [inOrder] : [page(lateIndex, last, after), inOrder];
}

/** SQLite uses a partial index only when the query repeats the condition of the index. */
const lateIndex = `INDEXED BY changes_late WHERE latest_at - at > ${punctual}`;

/**
 * Left to itself, SQLite takes the numbers of the changes for more selective than anything else,
 * because they are unique.
 */
function indexFor({ resourceType = "target", resourceId, author }: ChangeQuery): string {
  if (resourceId !== undefined) return "INDEXED BY changes_resource WHERE TRUE";
  if (author !== undefined) return "INDEXED BY changes_author WHERE TRUE";
  if (resourceType === "target") return "WHERE TRUE";
  return "INDEXED BY changes_rare_type WHERE resource_type <> 'target'";
}

/** @param index the index to use and its condition, up to the first condition of the query */
function select(index: string, conditions: readonly Condition[], limit: number): BoundSql {
  const present = conditions.flatMap(([sql, value]) => (value === undefined ? [] : { sql, value }));
  return {
    sql: `SELECT ${columns} FROM changes ${index} AND ${present.map(({ sql }) => sql).join(" AND ")}
      ORDER BY sequence DESC LIMIT ?`,
    values: [...present.map(({ value }) => value), limit + 1],
  };
}
