/** Reads ranges of changes, those of a target along its list. */
import type Database from "better-sqlite3";
import type { InstanceId } from "../../domain/units.ts";
import type { ChangeQuery } from "../audit-store.ts";
import { type BoundSql, present } from "../queries/bound-sql.ts";
import {
  type ChangeRange,
  changeColumns,
  changeConditions,
  changesSql,
  type NamedIndex,
} from "../queries/changes.ts";
import type { ChangeRow } from "../rows/changes.ts";
import { sqliteDialect } from "./dialect.ts";
import { firstBelow, type StoredLink } from "./histories.ts";
import { historyReader } from "./target-rows.ts";

/** Returns a function that reads the changes of a range, newest first, up to one more than the page. */
export function createRangeReader(
  db: Database.Database,
): (instance: InstanceId, query: ChangeQuery, range: ChangeRange) => readonly ChangeRow[] {
  const lastOf = listEnds(db);
  const selectLink = db.prepare<[string, number], StoredLink>(historySql.link);
  const read = ({ sql, values }: BoundSql) => db.prepare<unknown[], ChangeRow>(sql).all(...values);

  /** Those that lists lead to. */
  const linked = (instance: InstanceId, query: ChangeQuery, { least, most }: ChangeRange) => {
    const { resourceId, resourceType = "target" } = query;
    if (resourceId === undefined || resourceType !== "target") return [];
    return lastOf(instance, resourceId).flatMap((last) => {
      const first = firstBelow(most, last, (change) => selectLink.get(instance, change));
      return first > least ? read(listSql(instance, query, first, least)) : [];
    });
  };

  return (instance, query, range) => {
    const indexed = read(changesSql(sqliteDialect, instance, query, range, indexOfUnlinked(range)));
    if (range.index !== "resource") return indexed;
    return [...indexed, ...linked(instance, query, range)]
      .sort((a, b) => b.sequence - a.sequence)
      .slice(0, query.limit + 1);
  };
}

/** The index by resource has the changes that no list leads to; the others are as in every store. */
export function indexOfUnlinked({ index }: ChangeRange): NamedIndex | undefined {
  return index === "resource" ? ["changes_resource", "linked = 0"] : undefined;
}

/** Returns a function that finds the last change of each list of a resource. */
function listEnds(db: Database.Database) {
  const historyOf = historyReader(db);
  const selectEnds = db.prepare<[string, string], number>(historySql.deleted).pluck();
  return (instance: InstanceId, id: string): readonly number[] => {
    const { last } = historyOf(instance, id);
    return [...last.slice(0, 1), ...selectEnds.all(instance, id)];
  };
}

export const historySql = {
  /** A target that is made again under the id of another has a list of its own. */
  deleted: `SELECT previous FROM changes INDEXED BY changes_of_deleted
    WHERE instance_id = ? AND resource_id = ? AND linked = 0 AND previous IS NOT NULL`,
  link: "SELECT previous, leap FROM changes WHERE instance_id = ? AND sequence = ?",
} as const;

/**
 * Goes from change to change as far as the page needs, and only ever back: what is damaged must not lead
 * round and round.
 */
export function listSql(
  instance: InstanceId,
  query: ChangeQuery,
  first: number,
  least: number,
): BoundSql {
  const bound = present(changeConditions(query));
  const where = bound.map(({ sql }) => `AND ${sql}`).join(" ");
  return {
    sql: `WITH RECURSIVE list (number) AS (
        VALUES (?)
        UNION ALL
        SELECT previous FROM list CROSS JOIN changes ON instance_id = ? AND sequence = number
        WHERE previous > ? AND previous < number
      )
      SELECT ${changeColumns} FROM list CROSS JOIN changes ON instance_id = ? AND sequence = number
      ${where} LIMIT ?`,
    values: [
      first,
      instance,
      least,
      instance,
      ...bound.flatMap(({ values }) => values),
      query.limit + 1,
    ],
  };
}
