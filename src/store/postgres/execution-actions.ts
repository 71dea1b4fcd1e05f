import { executionChange } from "../change-contents.ts";
import type { ExecutionStore } from "../execution-store.ts";
import {
  findExecution,
  listExecutions,
  missingTargets,
  putExecution,
  readExecution,
} from "./executions.ts";
import { instanceExists, listensSql, lockInstance } from "./instances.ts";
import type { PostgresStoreParts } from "./parts.ts";
import { createRecorder } from "./publish.ts";
import { recordChanges } from "./target-actions.ts";
import { findCallable } from "./targets.ts";
import { countUsage } from "./usage.ts";

export function executionActions(parts: PostgresStoreParts): ExecutionStore {
  const { db, sealer } = parts;
  const recorder = createRecorder(parts);
  return {
    setExecution: (instance, id, wanted, change, options) =>
      db.write(async (transaction) => {
        const [, current, missing] = await Promise.all([
          lockInstance(transaction, instance),
          readExecution(transaction, instance, id),
          missingTargets(transaction, instance, wanted),
        ]);
        const outcome = change(current, missing);
        const { next, fields } = outcome;
        if (next === undefined || next === current) return outcome;
        putExecution(transaction, instance, next);
        const [before, after] = [current?.targets.length ?? 0, next.targets.length];
        const executions = Number(after > 0) - Number(before > 0);
        const most = executions > 0 ? options.mostExecutions : undefined;
        countUsage(transaction, instance, { executions }, { executions: most });
        const action = current === undefined ? "created" : "changed";
        const content = executionChange(id, action, fields);
        const entries = [{ by: options, content, date: next.changedAt }];
        // The list that was just put may be the one that listens.
        const now = await transaction.row<{ listens: boolean }>(listensSql, [instance]);
        const listens = now?.listens === true;
        await recordChanges(transaction, recorder, { instance, entries, listens });
        return outcome;
      }),

    findExecution: (...parameters) =>
      db.read((session) => findExecution(session, sealer, parameters)),

    readCallableTarget: (...parameters) =>
      db.read((session) => findCallable(session, sealer, parameters)),

    listExecutions: (instance, query) =>
      db.snapshot(async (session) => {
        const [exists, page] = await Promise.all([
          instanceExists(session, instance),
          listExecutions(session, instance, query),
        ]);
        return exists ? page : { items: [], total: 0 };
      }),
  };
}
