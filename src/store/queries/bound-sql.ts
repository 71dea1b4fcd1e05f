/** SQL that is put together from fixed fragments; whatever comes from outside is bound. */

import type { InstanceId } from "../../domain/units.ts";

/** SQL text with the values of its placeholders, in order. */
export interface BoundSql {
  /** Placeholders are question marks. */
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

export type SqlValue = string | number | Uint8Array | readonly string[];

/** One page of a query, and the number of all its matches. */
export interface ListSql {
  readonly page: BoundSql;
  readonly count: BoundSql;
}

/** The number of all there is of an instance, which is kept: to count a million rows takes a tenth of a second. */
export function keptTotal(instance: InstanceId, what: "targets" | "executions"): BoundSql {
  return { sql: `SELECT ${what} AS total FROM usage WHERE instance_id = ?`, values: [instance] };
}

/** A condition on a column, unless the value is undefined. */
export type Condition = readonly [sql: string, value: string | number | undefined];

/** The conditions that have a value. */
export function present(conditions: readonly Condition[]): readonly BoundSql[] {
  return conditions.flatMap(([sql, value]) =>
    value === undefined ? [] : [{ sql, values: [value] }],
  );
}

/** What the databases say each in its own way. */
export interface Dialect {
  /** Behind a table: the index to use, where the planner would not find it. */
  readonly indexedBy: (index: string) => string;
  readonly isTrue: (column: string) => string;
  /** Text filters work on bytes, so `%`, `_` and `\` mean themselves. */
  readonly contains: (column: string, text: string) => BoundSql;
  readonly endsWith: (column: string, text: string) => BoundSql;
  readonly oneOf: (column: string, texts: readonly string[]) => BoundSql;
  /** A table of some texts, each once, as `wanted_id`. */
  readonly wantedIds: (texts: readonly string[]) => BoundSql;
}

/** The offset as databases take it; nothing is beyond the largest one. */
export function sqlOffset(offset: number): number {
  return Math.min(offset, Number.MAX_SAFE_INTEGER);
}
