/** SetExecution and ListExecutions. */
import { isDeepStrictEqual } from "node:util";
import { create } from "@bufbuild/protobuf";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import {
  type ListExecutionsRequest,
  ListExecutionsResponseSchema,
  type SetExecutionRequest,
  type SetExecutionResponse,
  SetExecutionResponseSchema,
} from "../../gen/zitadel/action/v2/execution_messages_pb.ts";
import {
  type Execution as ExecutionMessage,
  ExecutionSchema,
} from "../../gen/zitadel/action/v2/execution_pb.ts";
import {
  ExecutionFieldName,
  type ExecutionSearchFilter,
  ExecutionType,
} from "../../gen/zitadel/action/v2/query_pb.ts";
import { findUnknown } from "../catalog/find-unknown.ts";
import { type Condition, type ConditionKind, idOf, parseConditionId } from "../domain/condition.ts";
import type { Execution } from "../domain/execution.ts";
import { repeatedTargets, setTargets } from "../domain/execution-update.ts";
import { etagOf } from "../domain/target.ts";
import { targetId } from "../domain/units.ts";
import type { ExecutionFilter, ExecutionQuery } from "../store/execution-store.ts";
import { toCondition, toConditionMessage } from "./condition-message.ts";
import type { HandlerParts } from "./handler-parts.ts";
import { type CallContext, type UnaryHandler, unaryHandler } from "./method-table.ts";
import { toPageQuery, toPagination } from "./pagination.ts";
import { quotaFailure } from "./quotas.ts";
import { toTimestamp } from "./time.ts";
import { authorshipIn, storeFailure } from "./write.ts";

export function setExecution(parts: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: ActionService.method.setExecution,
    prepare: (request) => ({
      violations: repeatedTargets(request.targets),
      run: (context) => run(parts, request, context),
    }),
  });
}

async function run(
  { store, clock, catalogs, quotas }: HandlerParts,
  request: SetExecutionRequest,
  context: CallContext,
): Promise<SetExecutionResponse> {
  const condition = toCondition(request.condition);
  if (condition === undefined) throw new Error("the rules of the proto file let no condition pass");
  const { instance } = context.identity;
  const targets = request.targets.map(targetId);
  const unknown = findUnknown(await catalogs.of(instance), condition);
  // What was once known may be taken off, also after the catalogue has shrunk.
  const takesOff = targets.length === 0 && isSpelled(condition);
  if (unknown !== undefined && !takesOff) throw unknown;
  const command = { id: idOf(condition), targets, etag: request.etag ?? "" };
  const options = authorshipIn(context, clock());
  const { next } = await store
    .setExecution(
      instance,
      command.id,
      targets,
      (current, missing) => {
        if (unknown !== undefined && current === undefined) throw unknown;
        return setTargets(current, command, missing, options.at);
      },
      { ...options, mostExecutions: quotas.quotaExecutions },
    )
    .catch((thrown: unknown) => {
      throw storeFailure(quotaFailure(thrown, quotas, "quotaExecutions"), "instanceNotFound");
    });
  return create(SetExecutionResponseSchema, next && { setDate: toTimestamp(next.changedAt) });
}

/** A service "a/b" has the id of the method b of a service a, but does not mean it. */
function isSpelled(condition: Condition): boolean {
  return isDeepStrictEqual(parseConditionId(idOf(condition)), condition);
}

export function listExecutions({ store }: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: ActionService.method.listExecutions,
    prepare: (request) => ({
      violations: [],
      async run({ identity }) {
        const query = toQuery(request);
        const page = await store.listExecutions(identity.instance, query);
        return create(ListExecutionsResponseSchema, {
          pagination: toPagination(page, query),
          executions: page.items.map(toMessage),
        });
      },
    }),
  });
}

const sorts: ReadonlyMap<ExecutionFieldName, ExecutionQuery["sort"]> = new Map([
  [ExecutionFieldName.UNSPECIFIED, "createdAt"],
  [ExecutionFieldName.ID, "id"],
  [ExecutionFieldName.CREATED_DATE, "createdAt"],
  [ExecutionFieldName.CHANGED_DATE, "changedAt"],
] as const);

const kinds: ReadonlyMap<ExecutionType, ConditionKind> = new Map([
  [ExecutionType.REQUEST, "request"],
  [ExecutionType.RESPONSE, "response"],
  [ExecutionType.EVENT, "event"],
  [ExecutionType.FUNCTION, "function"],
] as const);

function toQuery({ pagination, sortingColumn, filters }: ListExecutionsRequest): ExecutionQuery {
  return {
    filters: filters.flatMap(toFilter),
    sort: sorts.get(sortingColumn ?? ExecutionFieldName.UNSPECIFIED) ?? "createdAt",
    ...toPageQuery(pagination),
  };
}

function toFilter({ filter }: ExecutionSearchFilter): ExecutionFilter[] {
  switch (filter.case) {
    case "inConditionsFilter": {
      const conditions = filter.value.conditions.flatMap((each) => toCondition(each) ?? []);
      return [{ by: "conditions", ids: conditions.filter(isSpelled).map(idOf) }];
    }
    case "executionTypeFilter": {
      // UNSPECIFIED narrows nothing down.
      const kind = kinds.get(filter.value.executionType);
      return kind === undefined ? [] : [{ by: "kind", kind }];
    }
    case "targetFilter":
      return [{ by: "target", target: targetId(filter.value.targetId) }];
    case undefined:
      return [];
  }
}

function toMessage(execution: Execution): ExecutionMessage {
  const condition = parseConditionId(execution.id);
  return create(ExecutionSchema, {
    ...(condition && { condition: toConditionMessage(condition) }),
    creationDate: toTimestamp(execution.createdAt),
    changeDate: toTimestamp(execution.changedAt),
    targets: [...execution.targets],
    etag: etagOf(execution),
  });
}
