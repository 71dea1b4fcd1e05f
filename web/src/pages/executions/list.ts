/** Reads executions, all that there are: an instance has some hundred at most. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Execution } from "../../../../gen/zitadel/action/v2/execution_pb.ts";
import {
  ExecutionFieldName,
  type ExecutionSearchFilterSchema,
  ExecutionType,
} from "../../../../gen/zitadel/action/v2/query_pb.ts";
import { api } from "../../api/clients.ts";

const types: ReadonlyMap<string, ExecutionType> = new Map([
  ["request", ExecutionType.REQUEST],
  ["response", ExecutionType.RESPONSE],
  ["function", ExecutionType.FUNCTION],
  ["event", ExecutionType.EVENT],
]);

/** What can be chosen, by the names in addresses; empty means every one. */
export const executionTypes = [
  { value: "", text: "Every kind" },
  { value: "request", text: "Request" },
  { value: "response", text: "Response" },
  { value: "function", text: "Function" },
  { value: "event", text: "Event" },
];

export interface ExecutionFilter {
  /** A name of {@link executionTypes}. */
  readonly type: string;
  /** Id of a target that is called; empty means any. */
  readonly target: string;
}

const pageSize = 1000;

/** By the ids of their conditions. */
export async function listExecutions(
  { type, target }: ExecutionFilter,
  signal: AbortSignal,
): Promise<readonly Execution[]> {
  const filters: MessageInitShape<typeof ExecutionSearchFilterSchema>[] = [];
  const executionType = types.get(type);
  if (executionType !== undefined) {
    filters.push({ filter: { case: "executionTypeFilter", value: { executionType } } });
  }
  if (target !== "") {
    filters.push({ filter: { case: "targetFilter", value: { targetId: target } } });
  }
  const executions: Execution[] = [];
  for (;;) {
    const page = await api.actions.listExecutions(
      {
        pagination: { offset: BigInt(executions.length), limit: pageSize, asc: true },
        sortingColumn: ExecutionFieldName.ID,
        filters,
      },
      { signal },
    );
    executions.push(...page.executions);
    if (page.executions.length < pageSize) return executions;
  }
}
