/**
 * Queries for deliveries as SQL.
 *
 * One index gives the order and narrows down what it can; what is left of the filters is applied to at
 * most `scanned` rows, so that a page costs no more however rare its rows are.
 */
import type { InstanceId } from "../../domain/units.ts";
import type { DeliveryQuery } from "../delivery-store.ts";
import { deliveryColumns } from "../rows/deliveries.ts";
import { type BoundSql, type Condition, type Dialect, present } from "./bound-sql.ts";

/** Rows that a page looks at, at most. */
export const scanned = 10_000;

/** The rows of a page and one more, and the last row that they were looked for in, if there is one. */
export function deliveryListSql(
  dialect: Dialect,
  instance: InstanceId,
  query: DeliveryQuery,
): { readonly page: BoundSql; readonly lastScanned: BoundSql } {
  const index = indexFor(query);
  const inIndex = present([["instance_id = ?", instance], index.condition]);
  const window = present([
    ["created_at >= ?", query.since],
    ["created_at < ?", query.until],
  ]);
  const after = beyondCursor(query.after, "<");
  const conditions = [...inIndex, ...window, ...after];
  const source = `FROM deliveries ${dialect.indexedBy(index.name)}
    WHERE ${[...(index.where ?? []), ...conditions.map(({ sql }) => sql)].join(" AND ")}
    ORDER BY created_at DESC, id DESC`;
  const values = conditions.flatMap((condition) => condition.values);
  const rest = present(filters(query).filter((filter) => filter[0] !== index.condition[0]));
  const where = rest.length > 0 ? `WHERE ${rest.map(({ sql }) => sql).join(" AND ")}` : "";
  return {
    page: {
      sql: `SELECT ${deliveryColumns} FROM (SELECT ${deliveryColumns} ${source} LIMIT ${scanned}) AS looked_at
        ${where} LIMIT ?`,
      values: [...values, ...rest.flatMap((filter) => filter.values), query.limit + 1],
    },
    lastScanned: {
      sql: `SELECT created_at, id ${source} LIMIT 1 OFFSET ${scanned - 1}`,
      values,
    },
  };
}

/** Where a page ends; the next begins behind it. */
export function cursorOf(row: { readonly created_at: number; readonly id: string }): string {
  return `${row.created_at.toString(36)}.${row.id}`;
}

/** What is older, or newer, than where a page ended. */
export function beyondCursor(cursor: string | undefined, order: "<" | ">"): readonly BoundSql[] {
  if (cursor === undefined) return [];
  const dot = cursor.indexOf(".");
  const createdAt = Number.parseInt(cursor.slice(0, dot), 36);
  return [{ sql: `(created_at, id) ${order} (?, ?)`, values: [createdAt, cursor.slice(dot + 1)] }];
}

interface Index {
  readonly name: string;
  readonly condition: Condition;
  /** The condition of a partial index, which the query has to repeat. */
  readonly where?: readonly string[];
}

function indexFor(query: DeliveryQuery): Index {
  const [byType, byTarget, byState] = filters(query);
  if (query.eventType !== undefined) {
    return {
      name: "deliveries_event_type",
      condition: byType,
      where: ["event_type IS NOT NULL"],
    };
  }
  if (query.target !== undefined) return { name: "deliveries_target", condition: byTarget };
  if (query.state === undefined || query.state === "succeeded") {
    return { name: "deliveries_created_at", condition: ["", undefined] };
  }
  return { name: "deliveries_rare_state", condition: byState, where: ["state <> 'succeeded'"] };
}

function filters({ eventType, target, state }: DeliveryQuery): [Condition, Condition, Condition] {
  return [
    ["event_type = ?", eventType],
    ["target_id = ?", target],
    ["state = ?", state],
  ];
}
