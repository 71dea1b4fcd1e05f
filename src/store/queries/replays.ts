/**
 * What a step of a replay looks at, as SQL like that of lists: one index gives the order, and what is left
 * of the filters is applied to at most `replayScanned` rows.
 */
import type { DeliveryState } from "../../domain/delivery.ts";
import type { InstanceId } from "../../domain/units.ts";
import type { DeliveryQuery } from "../delivery-store.ts";
import { deliveryColumns } from "../rows/deliveries.ts";
import { type BoundSql, type Condition, type Dialect, present } from "./bound-sql.ts";
import { beyondCursor } from "./deliveries.ts";

/** Rows that a step looks at, at most. It may write as many, and others wait for that. */
export const replayScanned = 1_000;

export type ReplayQuery = DeliveryQuery & { readonly states: readonly DeliveryState[] };

/** The oldest finished deliveries to living targets, and the last row that they were looked for in. */
export function replaySql(
  dialect: Dialect,
  instance: InstanceId,
  query: ReplayQuery,
): { readonly found: BoundSql; readonly lastScanned: BoundSql } {
  const index = indexFor(query);
  const conditions = [
    ...present([
      ["instance_id = ?", instance],
      index.condition,
      ["created_at >= ?", query.since],
      ["created_at < ?", query.until],
    ]),
    ...beyondCursor(query.after, ">"),
  ];
  const source = `FROM deliveries ${dialect.indexedBy(index.name)}
    WHERE ${[...index.where, ...conditions.map(({ sql }) => sql)].join(" AND ")}
    ORDER BY created_at, id`;
  const values = conditions.flatMap((condition) => condition.values);
  const rest = [
    ...present([
      ["target_id = ?", query.target],
      ["event_type = ?", query.eventType],
    ]),
    dialect.oneOf("state", query.states),
  ];
  return {
    found: {
      sql: `SELECT ${deliveryColumns} FROM
          (SELECT ${deliveryColumns} ${source} LIMIT ${replayScanned}) AS found
        WHERE ${rest.map(({ sql }) => sql).join(" AND ")} AND state <> 'pending'
          AND EXISTS (SELECT 1 FROM targets WHERE targets.instance_id = found.instance_id
            AND targets.id = found.target_id AND deleted_at IS NULL)
        ORDER BY created_at, id LIMIT ?`,
      values: [...values, ...rest.flatMap((filter) => filter.values), query.limit],
    },
    lastScanned: {
      sql: `SELECT created_at, id ${source} LIMIT 1 OFFSET ${replayScanned - 1}`,
      values,
    },
  };
}

interface Index {
  readonly name: string;
  readonly condition: Condition;
  /** The condition of a partial index, which the query has to repeat. */
  readonly where: readonly string[];
}

function indexFor({ target, states }: ReplayQuery): Index {
  const [state, ...others] = states;
  if (state !== undefined && others.length === 0 && state !== "succeeded") {
    return {
      ...{ name: "deliveries_rare_state", condition: ["state = ?", state] },
      where: ["state <> 'succeeded'"],
    };
  }
  return target === undefined
    ? { name: "deliveries_created_at", condition: ["", undefined], where: [] }
    : { name: "deliveries_target", condition: ["target_id = ?", target], where: [] };
}
