import type { CallableTarget } from "../../domain/execution.ts";
import type { InstanceId, Micros, TargetId } from "../../domain/units.ts";
import { executionChange } from "../change-contents.ts";
import type { ExecutionStore, RunnableExecution } from "../execution-store.ts";
import { StoreError } from "../store.ts";
import { read, type SharedTables, type SqliteStoreParts, type TargetTables } from "./parts.ts";

export function executionActions(
  { db, commits }: SqliteStoreParts,
  { instances, changes, usage }: SharedTables,
  tables: TargetTables,
): ExecutionStore {
  const { targets, executions } = tables;
  const readCallable = callableReader(tables);
  const find = executionFinder(tables);
  // One snapshot without a transaction: nobody else can write, and no writer runs in between.
  const findInSnapshot = (...[instance, candidates, now]: FindParameters) =>
    executions.any(instance) && instances.exists(instance)
      ? find(instance, candidates, now)
      : undefined;
  return {
    setExecution: (instance, id, wanted, change, options) =>
      commits.write(() => {
        instances.require(instance);
        const current = executions.read(instance, id);
        const missing = wanted.filter((target) => !targets.exists(instance, target));
        const outcome = change(current, missing);
        const { next, fields } = outcome;
        if (next === undefined || next === current) return outcome;
        executions.put(instance, next);
        const isAdded = next.targets.length > 0 && (current?.targets.length ?? 0) === 0;
        if (isAdded) usage.check(instance, "executions", options.mostExecutions);
        const action = current === undefined ? "created" : "changed";
        changes.add(instance, options, executionChange(id, action, fields), next.changedAt);
        return outcome;
      }),

    findExecution: (...parameters) => read(db, () => findInSnapshot(...parameters)),

    readCallableTarget: (instance, id, now) =>
      read(db, () => (instances.exists(instance) ? readCallable(instance, id, now) : undefined)),

    listExecutions: (instance, query) =>
      read(db, () =>
        instances.exists(instance) ? executions.list(instance, query) : { items: [], total: 0 },
      ),
  };
}

type FindParameters = Parameters<ExecutionStore["findExecution"]>;

/** Returns a function that looks the candidates up one after the other. */
function executionFinder(tables: TargetTables) {
  const readCallable = callableReader(tables);
  return (...[instance, candidates, now]: FindParameters): RunnableExecution | undefined => {
    for (const id of candidates) {
      const list = tables.executions.targets(instance, id);
      if (list.length === 0) continue;
      const targets = list.map((target) => {
        const callable = readCallable(instance, target, now);
        if (callable === undefined) throw new StoreError("broken", "a list names no target");
        return callable;
      });
      return { id, targets };
    }
    return undefined;
  };
}

/** Reads a target with all that a call to it needs. */
export type ReadCallable = (
  instance: InstanceId,
  id: TargetId,
  now: Micros,
) => CallableTarget | undefined;

export function callableReader({ targets, publicKeys }: TargetTables): ReadCallable {
  return (instance, id, now) => {
    const target = targets.read(instance, id, now);
    if (target === undefined) return undefined;
    return { target, encryptionKey: publicKeys.active(instance, id, now) };
  };
}
