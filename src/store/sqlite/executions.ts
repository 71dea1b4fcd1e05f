import type Database from "better-sqlite3";
import { type ConditionId, conditionId } from "../../domain/condition.ts";
import type { Execution } from "../../domain/execution.ts";
import { type InstanceId, micros, type TargetId } from "../../domain/units.ts";
import type { ExecutionQuery } from "../execution-store.ts";
import { executionListSql } from "../queries/executions.ts";
import type { Page } from "../store.ts";
import { sqliteDialect } from "./dialect.ts";
import type { Undoing } from "./group-commit.ts";
import { keepFact } from "./instance-facts.ts";
import { steady } from "./steady.ts";

interface ExecutionRow {
  readonly id: string;
  readonly createdAt: number;
  readonly changedAt: number;
}

/** With its targets as JSON, read in one go. */
type ListedRow = ExecutionRow & { readonly list: string };

type WrittenRow = ExecutionRow & { readonly instance: InstanceId; readonly listed: number };

/** The rows of executions with their lists. Everything runs inside the caller's transaction. */
export interface ExecutionTable {
  /** Reads an execution, its list empty or not. */
  read(instance: InstanceId, id: ConditionId): Execution | undefined;
  /** Tells whether any condition of the instance has targets. */
  any(instance: InstanceId): boolean;
  /** Tells whether any condition on events has targets. */
  anyOfEvents(instance: InstanceId): boolean;
  /** The list of a condition, in call order; empty when there is none. */
  targets(instance: InstanceId, id: ConditionId): readonly TargetId[];
  /** The executions whose list has a target, by id. */
  having(instance: InstanceId, target: TargetId): readonly Execution[];
  list(instance: InstanceId, query: ExecutionQuery): Page<Execution>;
  /** Inserts an execution, or writes its change date and its list in place of what is stored. */
  put(instance: InstanceId, execution: Execution): void;
  /**
   * Takes a target out of all lists.
   *
   * @param left all executions whose list has it, as they are without it
   */
  unlist(instance: InstanceId, target: TargetId, left: readonly Execution[]): void;
}

export const eventListenersSql = `SELECT 1 FROM executions INDEXED BY executions_of_events
  WHERE instance_id = ? AND listed = 1 AND id >= 'event' AND id < 'event0' LIMIT 1`;

export function createExecutionTable(db: Database.Database, commits: Undoing): ExecutionTable {
  const upsert = db.prepare<[WrittenRow]>(
    `INSERT INTO executions (instance_id, id, created_at, changed_at, listed)
     VALUES (@instance, @id, @createdAt, @changedAt, @listed)
     ON CONFLICT DO UPDATE SET changed_at = excluded.changed_at, listed = excluded.listed`,
  );
  const clear = db.prepare<[string, string]>(
    "DELETE FROM execution_targets WHERE instance_id = ? AND execution_id = ?",
  );
  const add = db.prepare<[string, string, number, string]>(
    `INSERT INTO execution_targets (instance_id, execution_id, position, target_id)
     VALUES (?, ?, ?, ?)`,
  );
  const update = db.prepare<[number, number, string, string]>(
    "UPDATE executions SET changed_at = ?, listed = ? WHERE instance_id = ? AND id = ?",
  );
  const clearTarget = db.prepare<[string, string]>(
    "DELETE FROM execution_targets WHERE instance_id = ? AND target_id = ?",
  );
  // What sweeps delete is of deleted instances, about which nobody asks.
  const selectAny = db
    .prepare<[string], number>("SELECT 1 FROM execution_targets WHERE instance_id = ? LIMIT 1")
    .pluck();
  const selectListener = db.prepare<[string], number>(eventListenersSql).pluck();
  const any = keepFact(commits, (instance) => selectAny.get(instance) === 1);
  const anyOfEvents = keepFact(commits, (instance) => selectListener.get(instance) === 1);
  const forget = (instance: InstanceId) => {
    any.forget(instance);
    anyOfEvents.forget(instance);
  };
  return {
    ...executionReads(db),
    any: any.of,
    anyOfEvents: anyOfEvents.of,

    put(instance, { id, createdAt, changedAt, targets }) {
      upsert.run({ instance, id, createdAt, changedAt, listed: Number(targets.length > 0) });
      clear.run(instance, id);
      targets.forEach((target, position) => void add.run(instance, id, position, target));
      forget(instance);
    },

    unlist(instance, target, left) {
      clearTarget.run(instance, target);
      for (const { id, changedAt, targets } of left) {
        update.run(changedAt, Number(targets.length > 0), instance, id);
      }
      forget(instance);
    },
  };
}

function executionReads(
  db: Database.Database,
): Pick<ExecutionTable, "read" | "targets" | "having" | "list"> {
  const columns = "id, created_at AS createdAt, changed_at AS changedAt";
  const selectOne = db.prepare<[string, string], ExecutionRow>(
    `SELECT ${columns} FROM executions WHERE instance_id = ? AND id = ?`,
  );
  const selectTargets = db
    .prepare<[string, string], TargetId>(
      steady(`SELECT target_id FROM execution_targets
        WHERE instance_id = ? AND execution_id = ? ORDER BY position`),
    )
    .pluck();
  const selectHaving = db.prepare<[string, string, string], ListedRow>(
    steady(`SELECT ${columns}, (
       SELECT json_group_array(target_id ORDER BY position) FROM execution_targets AS list
       WHERE list.instance_id = executions.instance_id AND execution_id = executions.id
     ) AS list
     FROM executions WHERE instance_id = ? AND id IN
       (SELECT execution_id FROM execution_targets WHERE instance_id = ? AND target_id = ?)
     ORDER BY id`),
  );

  const targets = (instance: InstanceId, id: ConditionId) => selectTargets.all(instance, id);
  const toExecution = (
    instance: InstanceId,
    row: ExecutionRow,
    list = targets(instance, conditionId(row.id)),
  ): Execution => {
    const [createdAt, changedAt] = [micros(row.createdAt), micros(row.changedAt)];
    return { id: conditionId(row.id), createdAt, changedAt, targets: list };
  };
  return {
    targets,

    read(instance, id) {
      const row = selectOne.get(instance, id);
      return row && toExecution(instance, row);
    },

    having: (instance, target) =>
      selectHaving
        .all(instance, instance, target)
        .map((row) => toExecution(instance, row, JSON.parse(row.list) as TargetId[])),

    list(instance, query) {
      const { page, count } = executionListSql(sqliteDialect, instance, query, columns);
      const rows = db.prepare<unknown[], ExecutionRow>(page.sql).all(...page.values);
      const total = db
        .prepare<unknown[], number>(count.sql)
        .pluck()
        .get(...count.values);
      return { items: rows.map((row) => toExecution(instance, row)), total: total ?? 0 };
    },
  };
}
