/** TargetService.TestTarget: one signed call now, and what came back. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  TargetService,
  type TestTargetResponse,
  TestTargetResponseSchema,
} from "../../gen/targetd/v1/target_service_pb.ts";
import { targetId } from "../domain/units.ts";
import { ApiError } from "../errors/api-error.ts";
import { cancellation } from "../execution/cancellation.ts";
import { chainBelow } from "../execution/depth.ts";
import type { CallResult } from "../execution/outcome.ts";
import { shownHeaders } from "../execution/shown-headers.ts";
import { newWebhookId } from "../ids.ts";
import type { HandlerParts } from "./handler-parts.ts";
import { type CallContext, type UnaryHandler, unaryHandler } from "./method-table.ts";
import { toTimings } from "./timings.ts";

/** How much of the answer's body is shown, in bytes. */
const shownBytes = 16 * 1024;

export function testTarget(parts: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: TargetService.method.testTarget,
    prepare: (request) => ({
      violations: [],
      run: (context) => run(parts, request.targetId, context),
    }),
  });
}

async function run(
  { store, clock, callTarget }: HandlerParts,
  id: string,
  { identity, origin }: CallContext,
): Promise<TestTargetResponse> {
  const { instance } = identity;
  const callee = await store.readCallableTarget(instance, targetId(id), clock());
  if (callee === undefined) throw new ApiError("getTargetNotFound");
  const signal = origin.signal();
  const webhookId = newWebhookId();
  const payload = {
    test: "target.test",
    instanceID: instance,
    targetID: id,
    userID: identity.subject,
  };
  const result = await callTarget({
    ...{ instance, callee, context: JSON.stringify(payload), webhookId },
    timeout: callee.target.settings.timeout,
    ...chainBelow(origin.header),
    signal,
  });
  if (result.kind === "cancelled") throw cancellation(signal);
  return create(TestTargetResponseSchema, {
    ...outcomeOf(result),
    address: result.address ?? "",
    timings: toTimings(result.timings),
    webhookId,
  });
}

function outcomeOf(
  result: Exclude<CallResult, { readonly kind: "cancelled" }>,
): MessageInitShape<typeof TestTargetResponseSchema> {
  if (result.kind === "failed") {
    const { stage, message, status = 0 } = result;
    return { succeeded: false, stage, error: message, httpStatus: status };
  }
  const { status, headers, body } = result;
  const succeeded = status >= 200 && status <= 299;
  return {
    succeeded,
    ...(succeeded ? {} : { stage: "status", error: `it answered with status ${status}` }),
    httpStatus: status,
    headers: shownHeaders(headers),
    body: body.subarray(0, shownBytes),
    bodyTruncated: body.length > shownBytes,
  };
}
