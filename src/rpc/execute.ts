/** ExecutionService.Execute: runs executions on behalf of other services (contract.md section 10). */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type ExecuteRequest,
  type ExecuteResponse,
  ExecuteResponseSchema,
  ExecutionService,
  TargetResult_Outcome as Outcome,
  type TargetResultSchema,
} from "../../gen/targetd/v1/execution_service_pb.ts";
import type { ConditionId } from "../domain/condition.ts";
import { chainBelow } from "../execution/depth.ts";
import type { RunResult, TargetResult } from "../execution/run.ts";
import type { HandlerParts } from "./handler-parts.ts";
import { type CallContext, type UnaryHandler, unaryHandler } from "./method-table.ts";
import { type Occasion, occasionOf, occurrenceViolations } from "./occurrence.ts";
import { toDuration } from "./time.ts";
import { toValue } from "./value.ts";

export function execute(parts: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: ExecutionService.method.execute,
    prepare: (request) => ({
      violations: occurrenceViolations(request),
      run: (context) => run(parts, request, context),
    }),
  });
}

async function run(
  { catalogs, findExecution, runTargets }: HandlerParts,
  request: ExecuteRequest,
  { identity, origin }: CallContext,
): Promise<ExecuteResponse> {
  const { instance } = identity;
  const occasion = occasionOf(request, instance, await catalogs.of(instance));
  const execution = await findExecution(instance, occasion.candidates);
  if (execution === undefined) return answer(occasion, undefined, undefined);
  const result = await runTargets({
    ...occasion,
    instance,
    execution,
    ...chainBelow(origin.header),
    signal: origin.signal(),
    deadline: Number.POSITIVE_INFINITY,
  });
  if (result.interruption !== undefined) throw result.interruption.error;
  return answer(occasion, execution.id, result);
}

function answer(
  occasion: Occasion,
  condition: ConditionId | undefined,
  result: RunResult | undefined,
): ExecuteResponse {
  const whole = occasion.whole();
  return create(ExecuteResponseSchema, {
    ...(whole !== undefined && { message: toValue(whole) }),
    replaced: result?.replaced ?? false,
    condition: condition ?? "",
    results: result?.results.map(toResult) ?? [],
  });
}

function toResult(result: TargetResult): MessageInitShape<typeof TargetResultSchema> {
  const { target, failure, httpStatus, duration, webhookId } = result;
  return {
    targetId: target,
    outcome: failure === undefined ? Outcome.SUCCEEDED : Outcome.FAILED,
    stage: failure?.stage ?? "",
    timedOut: failure?.timedOut ?? false,
    httpStatus: httpStatus ?? 0,
    duration: toDuration(duration),
    error: failure?.message ?? "",
    webhookId,
  };
}
