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

/** Those of a ChangeRow. */
export const changeColumns = `sequence, at, author, certificate, resource_type AS "resourceType",
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

/** A part of a list: changes between two numbers, and the index that has them in order. */
export interface ChangeRange {
  readonly index: ChangeIndex;
  /** The numbers are above this one, */
  readonly least: number;
  /** and below this one. */
  readonly most: number;
}

/**
 * The ranges whose changes, one after the other, are those of a page, and one more when it is not the
 * last. The second need not be read when the first has enough.
 */
export function changeRanges(query: ChangeQuery, { from, last }: Places): readonly ChangeRange[] {
  const { after = Number.MAX_SAFE_INTEGER } = query;
  const index = indexFor(query);
  if (last === undefined) return [{ index, least: from, most: after }];
  const inOrder = { index, least: from, most: Math.min(last + 1, after) };
  return after <= last + 1 ? [inOrder] : [{ index: "late", least: last, most: after }, inOrder];
}

/** What is asked of a change besides its place. */
export function changeConditions(query: ChangeQuery): readonly Condition[] {
  return [
    ["resource_type = ?", query.resourceType],
    ["resource_id = ?", query.resourceId],
    ["author = ?", query.author],
    ["at >= ?", query.since],
    ["at < ?", query.until],
  ];
}

/** What the changes of a list are found by; `key` is their number. */
export type ChangeIndex = "key" | "resource" | "author" | "rareType" | "late";

/** The name of an index, and the condition of a partial one, which the query has to repeat. */
export type NamedIndex = readonly [name: string | undefined, condition: string];

const indexes: Readonly<Record<ChangeIndex, NamedIndex>> = {
  key: [undefined, "TRUE"],
  resource: ["changes_resource", "TRUE"],
  author: ["changes_author", "TRUE"],
  rareType: ["changes_rare_type", "resource_type <> 'target'"],
  late: ["changes_late", `latest_at - at > ${punctual}`],
};

/**
 * Left to itself, SQLite takes the numbers of the changes for more selective than anything else,
 * because they are unique.
 */
function indexFor({ resourceType = "target", resourceId, author }: ChangeQuery): ChangeIndex {
  if (resourceId !== undefined) return "resource";
  if (author !== undefined) return "author";
  return resourceType === "target" ? "key" : "rareType";
}

/** The changes of a range that a list is to have, newest first, up to one more than its page. */
export function changesSql(
  dialect: Dialect,
  instance: InstanceId,
  query: ChangeQuery,
  { index, least, most }: ChangeRange,
  [name, condition]: NamedIndex = indexes[index],
): BoundSql {
  const bound = present([
    ["instance_id = ?", instance],
    ...changeConditions(query),
    ["sequence > ?", least],
    ["sequence < ?", most],
  ]);
  const where = [condition, ...bound.map(({ sql }) => sql)].join(" AND ");
  return {
    sql: `SELECT ${changeColumns} FROM changes ${name ? dialect.indexedBy(name) : ""} WHERE ${where}
      ORDER BY sequence DESC LIMIT ?`,
    values: [...bound.flatMap(({ values }) => values), query.limit + 1],
  };
}
