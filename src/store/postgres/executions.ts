/** The rows of executions with their lists. */
import { type ConditionId, conditionId } from "../../domain/condition.ts";
import type { Execution } from "../../domain/execution.ts";
import { type InstanceId, type Micros, micros, type TargetId } from "../../domain/units.ts";
import type { ExecutionQuery, RunnableExecution } from "../execution-store.ts";
import { executionListSql } from "../queries/executions.ts";
import type { Sealer } from "../seal.ts";
import type { Page } from "../store.ts";
import { postgresDialect } from "./dialect.ts";
import { livingInstance } from "./instances.ts";
import type { Session, Transaction } from "./session.ts";
import { type CallableRow, callableColumns, callableJoins, toCallable } from "./targets.ts";

interface ExecutionRow {
  readonly id: string;
  readonly createdAt: number;
  readonly changedAt: number;
  readonly targets: readonly TargetId[];
}

const columns = `id, created_at AS "createdAt", changed_at AS "changedAt",
  ARRAY(SELECT target_id FROM execution_targets WHERE instance_id = executions.instance_id
    AND execution_id = executions.id ORDER BY position) AS targets`;

function toExecution({ id, createdAt, changedAt, targets }: ExecutionRow): Execution {
  return {
    id: conditionId(id),
    createdAt: micros(createdAt),
    changedAt: micros(changedAt),
    targets,
  };
}

/** Reads an execution, its list empty or not. */
export async function readExecution(
  session: Session,
  instance: InstanceId,
  id: ConditionId,
): Promise<Execution | undefined> {
  const row = await session.row<ExecutionRow>(
    `SELECT ${columns} FROM executions WHERE instance_id = $1 AND id = $2`,
    [instance, id],
  );
  return row && toExecution(row);
}

/** The executions whose list has a target, by id. */
export async function executionsHaving(
  session: Session,
  instance: InstanceId,
  target: TargetId,
): Promise<readonly Execution[]> {
  const rows = await session.rows<ExecutionRow>(
    `SELECT ${columns} FROM executions WHERE instance_id = $1 AND id IN
       (SELECT execution_id FROM execution_targets WHERE instance_id = $1 AND target_id = $2)
     ORDER BY id`,
    [instance, target],
  );
  return rows.map(toExecution);
}

/** Those of some targets that are none of the instance, or deleted. */
export async function missingTargets(
  session: Session,
  instance: InstanceId,
  wanted: readonly TargetId[],
): Promise<readonly TargetId[]> {
  const rows = await session.rows<{ id: TargetId }>(
    `SELECT wanted.id FROM unnest($2::text[]) WITH ORDINALITY AS wanted (id, place)
     WHERE NOT EXISTS (SELECT 1 FROM targets
       WHERE instance_id = $1 AND targets.id = wanted.id AND deleted_at IS NULL)
     ORDER BY place`,
    [instance, wanted],
  );
  return rows.map(({ id }) => id);
}

export async function listExecutions(
  session: Session,
  instance: InstanceId,
  query: ExecutionQuery,
): Promise<Page<Execution>> {
  const { page, count } = executionListSql(postgresDialect, instance, query, columns);
  const [rows, counts] = await Promise.all([
    session.query<ExecutionRow>(page),
    session.query<{ total: number }>(count),
  ]);
  return { items: rows.map(toExecution), total: counts[0]?.total ?? 0 };
}

/** Inserts an execution, or writes its change date and its list in place of what is stored. */
export function putExecution(
  transaction: Transaction,
  instance: InstanceId,
  { id, createdAt, changedAt, targets }: Execution,
): void {
  transaction.send(
    `INSERT INTO executions (instance_id, id, created_at, changed_at, listed)
     VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (instance_id, id)
       DO UPDATE SET changed_at = excluded.changed_at, listed = excluded.listed`,
    [instance, id, createdAt, changedAt, targets.length > 0],
  );
  transaction.send("DELETE FROM execution_targets WHERE instance_id = $1 AND execution_id = $2", [
    instance,
    id,
  ]);
  transaction.send(
    `INSERT INTO execution_targets (instance_id, execution_id, position, target_id)
     SELECT $1, $2, place - 1, target
     FROM unnest($3::text[]) WITH ORDINALITY AS list (target, place)`,
    [instance, id, targets],
  );
}

/**
 * Takes a target out of all lists.
 *
 * @param left all executions whose list has it, as they are without it
 */
export function unlistTarget(
  transaction: Transaction,
  instance: InstanceId,
  target: TargetId,
  left: readonly Execution[],
): void {
  if (left.length === 0) return;
  transaction.send("DELETE FROM execution_targets WHERE instance_id = $1 AND target_id = $2", [
    instance,
    target,
  ]);
  transaction.send(
    `UPDATE executions SET changed_at = changed.at, listed = changed.listed
     FROM unnest($2::text[], $3::bigint[], $4::boolean[]) AS changed (id, at, listed)
     WHERE executions.instance_id = $1 AND executions.id = changed.id`,
    [
      instance,
      left.map(({ id }) => id),
      left.map(({ changedAt }) => changedAt),
      left.map(({ targets }) => targets.length > 0),
    ],
  );
}

type FoundRow = CallableRow & { readonly execution: string };

/** Finds the best execution and all that its calls need by one statement, so at one point in time. */
export async function findExecution(
  session: Session,
  sealer: Sealer,
  [instance, candidates, now]: readonly [InstanceId, readonly ConditionId[], Micros],
): Promise<RunnableExecution | undefined> {
  const rows = await session.rows<FoundRow>(
    `WITH best AS (
       SELECT candidate.id FROM unnest($2::text[]) WITH ORDINALITY AS candidate (id, rank)
       WHERE EXISTS (SELECT 1 FROM execution_targets
         WHERE instance_id = $1 AND execution_id = candidate.id)
       ORDER BY rank LIMIT 1
     )
     SELECT best.id AS execution, ${callableColumns} FROM best
     JOIN execution_targets AS list ON list.instance_id = $1 AND list.execution_id = best.id
     JOIN targets ON targets.instance_id = $1 AND targets.id = list.target_id
       AND targets.deleted_at IS NULL
     ${callableJoins("$3")}
     WHERE ${livingInstance("$1")} ORDER BY list.position`,
    [instance, candidates, now],
  );
  const [first] = rows;
  if (first === undefined) return undefined;
  return {
    id: conditionId(first.execution),
    targets: rows.map((row) => toCallable(sealer, row)),
  };
}
