/**
 * Finds the one execution that runs (contract.md section 6). The candidates of an occurrence are
 * few and known beforehand, best first; the store looks them up by their ids. So a look-up costs
 * the length of a path, not the number of executions, and what it finds is what is stored at that
 * moment, in whatever process it was set: there is no compiled copy to keep up to date.
 */
import type { Clock } from "../clock.ts";
import type { ConditionId } from "../domain/condition.ts";
import type { InstanceId } from "../domain/units.ts";
import type { ExecutionStore, RunnableExecution } from "../store/execution-store.ts";

/** @returns undefined when no execution matches */
export type FindExecution = (
  instance: InstanceId,
  candidates: readonly ConditionId[],
) => Promise<RunnableExecution | undefined>;

export function executionFinder(store: ExecutionStore, clock: Clock): FindExecution {
  return (instance, candidates) => store.findExecution(instance, candidates, clock());
}
