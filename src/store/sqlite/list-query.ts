/**
 * Target queries as SQL. The text is put together from the fixed fragments below; whatever comes
 * from outside is bound. Text filters work on bytes, so `%`, `_` and `\` mean themselves.
 */
import { nameKey } from "../../domain/target.ts";
import type {
  IdFilter,
  NameFilter,
  TargetFilter,
  TargetQuery,
  TargetSort,
} from "../../domain/target-query.ts";
import type { InstanceId } from "../../domain/units.ts";
import { afterPrefix } from "../text-range.ts";
import { sqlOffset } from "./page.ts";
import { targetColumns } from "./rows.ts";

type Value = string | number | Uint8Array;

/** SQL text with the values of its placeholders, in order. */
export interface BoundSql {
  readonly sql: string;
  readonly values: readonly Value[];
}

/** One page of a query, and the number of all its matches. */
export interface ListSql {
  readonly page: BoundSql;
  readonly count: BoundSql;
}

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
const wantedIds = "(SELECT value AS wanted_id FROM json_each(?)) CROSS JOIN targets";

export function listSql(instance: InstanceId, query: TargetQuery): ListSql {
  const ids = wanted(query.filters);
  const conditions: BoundSql[] = query.filters.filter(isNameFilter).map(nameCondition);
  conditions.unshift({ sql: "instance_id = ? AND deleted_at IS NULL", values: [instance] });
  if (ids !== undefined) conditions.unshift({ sql: "id = wanted_id", values: [] });

  const from = ids === undefined ? "targets" : wantedIds;
  const where = conditions.map(({ sql }) => sql).join(" AND ");
  const values = conditions.flatMap((condition) => condition.values);
  if (ids !== undefined) values.unshift(JSON.stringify(ids));

  const source = `FROM ${from} WHERE ${where}`;
  return {
    count: { sql: `SELECT count(*) ${source}`, values },
    page: {
      sql: `SELECT ${columns} ${source} ORDER BY ${orderBy(query)} LIMIT ? OFFSET ?`,
      values: [...values, query.limit, sqlOffset(query.offset)],
    },
  };
}

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

function nameCondition({ text, match, ignoreCase }: NameFilter): BoundSql {
  const column = ignoreCase ? "name_key" : "name";
  const wantedText = ignoreCase ? nameKey(text) : text;
  return nameConditions[match](column, wantedText);
}

type NameCondition = (column: "name" | "name_key", text: string) => BoundSql;

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

  contains: (column, text) => ({
    sql: `instr(CAST(${column} AS BLOB), ?) > 0`,
    values: [Buffer.from(text)],
  }),

  endsWith(column, text) {
    // The last 0 bytes cannot be asked for, and every text ends with them.
    if (text === "") return { sql: "TRUE", values: [] };
    const bytes = Buffer.from(text);
    return { sql: `substr(CAST(${column} AS BLOB), -?) = ?`, values: [bytes.length, bytes] };
  },
};
