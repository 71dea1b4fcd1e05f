/** Reads the list of one condition with its targets. */
import type { Condition } from "../../../../src/domain/condition.ts";
import { toConditionMessage } from "../../../../src/rpc/condition-message.ts";
import { api } from "../../api/clients.ts";
import { readTargets, type Targets } from "../../hooks/use-targets.ts";

export interface ExecutionState {
  /** Ids in call order; none where the condition has no list. */
  readonly ids: readonly string[];
  /** Empty where the condition has no list. */
  readonly etag: string;
  readonly targets: Targets;
}

export async function loadExecution(
  condition: Condition,
  signal?: AbortSignal,
): Promise<ExecutionState> {
  const value = { conditions: [toConditionMessage(condition)] };
  const { executions } = await api.actions.listExecutions(
    { filters: [{ filter: { case: "inConditionsFilter", value } }] },
    signal === undefined ? {} : { signal },
  );
  const [execution] = executions;
  const ids = execution?.targets ?? [];
  return { ids, etag: execution?.etag ?? "", targets: await readTargets(ids, signal) };
}
