/** Execution queries as SQL. */
import type { InstanceId } from "../../domain/units.ts";
import type { ExecutionFilter, ExecutionQuery } from "../execution-store.ts";
import { afterPrefix } from "../text-range.ts";
import { type BoundSql, type Dialect, keptTotal, type ListSql, sqlOffset } from "./bound-sql.ts";

const sortColumns: Readonly<Record<ExecutionQuery["sort"], readonly string[]>> = {
  id: ["id"],
  createdAt: ["created_at", "id"],
  changedAt: ["changed_at", "id"],
};

/**
 * Filters for conditions and targets each name the ids they leave. A join from those keeps SQLite
 * from walking all executions in sort order; CROSS JOIN fixes that direction
 * (sqlite.org/optoverview.html, "Manual Control Of Query Plans").
 */
export function executionListSql(
  dialect: Dialect,
  instance: InstanceId,
  query: ExecutionQuery,
  columns: string,
): ListSql {
  const wanted = query.filters.flatMap((filter) => wantedIds(dialect, instance, filter));
  const conditions = [
    { sql: `instance_id = ? AND ${dialect.isTrue("listed")}`, values: [instance] },
    ...query.filters.flatMap(kindCondition),
    ...(wanted.length > 0 ? [{ sql: "id = wanted_id", values: [] }] : []),
  ];
  const subselect = wanted.map(({ sql }) => sql).join(" INTERSECT ");
  const from = wanted.length > 0 ? `(${subselect}) AS wanted CROSS JOIN executions` : "executions";
  const source = `FROM ${from} WHERE ${conditions.map(({ sql }) => sql).join(" AND ")}`;
  const values = [...wanted, ...conditions].flatMap((part) => part.values);
  return {
    count:
      query.filters.length === 0
        ? keptTotal(instance, "executions")
        : { sql: `SELECT count(*) AS total ${source}`, values },
    page: {
      sql: `SELECT ${columns} ${source} ORDER BY ${orderBy(query)} LIMIT ? OFFSET ?`,
      values: [...values, query.limit, sqlOffset(query.offset)],
    },
  };
}

function orderBy({ sort, ascending }: ExecutionQuery): string {
  const direction = ascending ? "ASC" : "DESC";
  return sortColumns[sort].map((column) => `${column} ${direction}`).join(", ");
}

function wantedIds(dialect: Dialect, instance: InstanceId, filter: ExecutionFilter): BoundSql[] {
  if (filter.by === "conditions") return [dialect.wantedIds(filter.ids)];
  if (filter.by === "kind") return [];
  const sql = `SELECT execution_id AS wanted_id FROM execution_targets
    WHERE instance_id = ? AND target_id = ?`;
  return [{ sql, values: [instance, filter.target] }];
}

/** The ids of a kind are the kind alone and whatever follows it after a slash. */
function kindCondition(filter: ExecutionFilter): BoundSql[] {
  if (filter.by !== "kind") return [];
  const end = afterPrefix(`${filter.kind}/`) ?? "";
  return [{ sql: "id >= ? AND id < ?", values: [filter.kind, end] }];
}
