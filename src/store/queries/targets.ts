/** Target queries as SQL. */
import { nameKey } from "../../domain/target.ts";
import type {
  IdFilter,
  NameFilter,
  TargetFilter,
  TargetQuery,
  TargetSort,
} from "../../domain/target-query.ts";
import type { InstanceId } from "../../domain/units.ts";
import { expiredAtOnce } from "../expired-targets.ts";
import { targetColumns } from "../rows/targets.ts";
import { afterPrefix } from "../text-range.ts";
import { type BoundSql, type Dialect, keptTotal, type ListSql, sqlOffset } from "./bound-sql.ts";

const sortColumns: Readonly<Record<TargetSort, string>> = {
  id: "id",
  createdAt: "created_at",
  changedAt: "changed_at",
  name: "name",
  type: "CASE kind WHEN 'restWebhook' THEN 0 WHEN 'restCall' THEN 1 ELSE 2 END",
  endpoint: "endpoint",
  timeout: "timeout",
  interruptOnError: "interrupt_on_error",
};

const columns = targetColumns.join(", ");

/**
 * A join from the ids keeps SQLite from walking all targets of the instance in sort order; CROSS
 * JOIN fixes that direction (sqlite.org/optoverview.html, "Manual Control Of Query Plans").
 */
export function targetListSql(dialect: Dialect, instance: InstanceId, query: TargetQuery): ListSql {
  const ids = wanted(query.filters);
  const names = query.filters.filter(isNameFilter);
  const conditions: BoundSql[] = names.map((filter) => nameCondition(dialect, filter));
  conditions.unshift({ sql: "instance_id = ? AND deleted_at IS NULL", values: [instance] });
  if (ids !== undefined) conditions.unshift({ sql: "id = wanted_id", values: [] });

  const table = ids && dialect.wantedIds(ids);
  const from = table === undefined ? "targets" : `(${table.sql}) AS wanted CROSS JOIN targets`;
  const where = conditions.map(({ sql }) => sql).join(" AND ");
  const values = [...(table?.values ?? []), ...conditions.flatMap((condition) => condition.values)];

  const source = `FROM ${from} WHERE ${where}`;
  return {
    count:
      query.filters.length === 0
        ? keptTotal(instance, "targets")
        : { sql: `SELECT count(*) AS total ${source}`, values },
    page: {
      sql: `SELECT ${columns} ${source} ORDER BY ${orderBy(query)} LIMIT ? OFFSET ?`,
      values: [...values, query.limit, sqlOffset(query.offset)],
    },
  };
}

/** Temporary targets whose time is up at the given placeholder; those of deleted instances are swept with them. */
export const expiredTargetsSql = (now: string) =>
  `SELECT instance_id AS instance, targets.id FROM targets
   JOIN instances ON instances.id = instance_id AND instances.deleted_at IS NULL
   WHERE expires_at <= ${now} AND targets.deleted_at IS NULL
   ORDER BY expires_at LIMIT ${expiredAtOnce}`;

function orderBy({ sort, ascending }: TargetQuery): string {
  const direction = ascending ? "ASC" : "DESC";
  return sort === "id" ? `id ${direction}` : `${sortColumns[sort]} ${direction}, id ${direction}`;
}

const isNameFilter = (filter: TargetFilter): filter is NameFilter => filter.kind === "name";
const isIdFilter = (filter: TargetFilter): filter is IdFilter => filter.kind === "ids";

/** The ids that every id filter has; undefined when there is no such filter. */
function wanted(filters: readonly TargetFilter[]): readonly string[] | undefined {
  const [first, ...others] = filters.filter(isIdFilter).map(({ ids }) => new Set(ids));
  if (first === undefined) return undefined;
  return [...others.reduce((common, ids) => common.intersection(ids), first)];
}

function nameCondition(dialect: Dialect, { text, match, ignoreCase }: NameFilter): BoundSql {
  const column = ignoreCase ? "name_key" : "name";
  const wantedText = ignoreCase ? nameKey(text) : text;
  return nameConditions[match](column, wantedText, dialect);
}

type NameCondition = (column: "name" | "name_key", text: string, dialect: Dialect) => BoundSql;

const nameConditions: Readonly<Record<NameFilter["match"], NameCondition>> = {
  equals(column, text) {
    // Equal names have equal keys, whose unique index SQLite prefers to any sort order.
    if (column === "name")
      return { sql: "name_key = ? AND name = ?", values: [nameKey(text), text] };
    return { sql: "name_key = ?", values: [text] };
  },

  startsWith(column, text) {
    const end = afterPrefix(text);
    if (end === undefined) return { sql: `${column} >= ?`, values: [text] };
    return { sql: `${column} >= ? AND ${column} < ?`, values: [text, end] };
  },

  contains: (column, text, dialect) => dialect.contains(column, text),
  endsWith: (column, text, dialect) => dialect.endsWith(column, text),
};
