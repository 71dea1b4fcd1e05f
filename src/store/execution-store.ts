/** The part of the storage contract that keeps executions; see store.ts for the rules of all. */
import type { ConditionId, ConditionKind } from "../domain/condition.ts";
import type { CallableTarget, Execution } from "../domain/execution.ts";
import type { FieldChange } from "../domain/target.ts";
import type { InstanceId, Micros, TargetId } from "../domain/units.ts";
import type { Authorship, Page } from "./store.ts";

/** What SetExecution decided to do. */
export interface ExecutionChange {
  /**
   * The execution from now on; the same object as the current one means: write nothing. Undefined
   * only when there is no current one.
   */
  readonly next: Execution | undefined;
  /** What history keeps. */
  readonly fields: readonly FieldChange[];
}

/** An execution that is to run, as it is at one point in time. */
export interface RunnableExecution {
  readonly id: ConditionId;
  /** In call order. */
  readonly targets: readonly CallableTarget[];
}

export interface ExecutionQuery {
  /** All that are present must match. */
  readonly filters: readonly ExecutionFilter[];
  readonly sort: "id" | "createdAt" | "changedAt";
  readonly ascending: boolean;
  /** Entries to skip; may be past the end. */
  readonly offset: number;
  /** Entries to return, at least 1. */
  readonly limit: number;
}

export type ExecutionFilter =
  | { readonly by: "conditions"; readonly ids: readonly ConditionId[] }
  | { readonly by: "kind"; readonly kind: ConditionKind }
  | { readonly by: "target"; readonly target: TargetId };

/**
 * Deleting a target takes it out of every list, in the transaction of the deletion: each execution
 * concerned gets the date of a change and a change "changed" of its own.
 */
export interface ExecutionStore {
  /**
   * Reads the execution of a condition, lets `change` decide, and writes what it returned, as one
   * action. Writes a change "changed" ("created" for the first list of a condition), dated with the
   * change date of `next`, exactly when `next` is not the current object.
   *
   * @param wanted ids of the targets that `change` wants to set
   * @param change sees the current execution, undefined when the condition never had one, and those
   *   of `wanted` that are no targets of the instance
   * @param options `mostExecutions`: most executions with targets in their list that the instance may
   *   have then; no bound without it. Only giving a list to an execution that has none can exceed it.
   * Rejects: `quota-exceeded`; `not-found` when the instance does not exist or is deleted; `broken` when
   * the list of `next` names a target twice or one that never was, which no caller should let happen.
   */
  setExecution<C extends ExecutionChange>(
    instance: InstanceId,
    id: ConditionId,
    wanted: readonly TargetId[],
    change: (current: Execution | undefined, missing: readonly TargetId[]) => C,
    options: Authorship & { readonly mostExecutions?: number | undefined },
  ): Promise<C>;

  /**
   * Finds the first of the candidates that has a list which is not empty, with its targets as they
   * are at that moment, without the keys that have expired at `now`. Costs the same however many
   * executions there are.
   *
   * @param candidates best first
   */
  findExecution(
    instance: InstanceId,
    candidates: readonly ConditionId[],
    now: Micros,
  ): Promise<RunnableExecution | undefined>;

  /** Reads one target with all that a call needs; undefined when there is none. */
  readCallableTarget(
    instance: InstanceId,
    id: TargetId,
    now: Micros,
  ): Promise<CallableTarget | undefined>;

  /**
   * Lists the executions that match every filter and whose list is not empty, sorted as asked with
   * ties by id in the same direction. Text is compared and sorted by UTF-8 bytes.
   */
  listExecutions(instance: InstanceId, query: ExecutionQuery): Promise<Page<Execution>>;
}
