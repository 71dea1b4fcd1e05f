/** CreateTarget: checks that go beyond the proto file, then one new target. */
import { create } from "@bufbuild/protobuf";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import {
  type CreateTargetRequest,
  type CreateTargetResponse,
  CreateTargetResponseSchema,
} from "../../gen/zitadel/action/v2/target_messages_pb.ts";
import { headerField } from "../domain/request-headers.ts";
import type { Target, TargetSettings } from "../domain/target.ts";
import { deniedEndpoint } from "../domain/target-update.ts";
import { clearedSettings } from "../domain/update-mask.ts";
import type { Violation } from "../errors/api-error.ts";
import { InvalidFields } from "../errors/invalid-fields.ts";
import type { HandlerParts } from "./handler-parts.ts";
import { type CallContext, type UnaryHandler, unaryHandler } from "./method-table.ts";
import { quotaFailure } from "./quotas.ts";
import { givenSettings, settingsViolations } from "./target-message.ts";
import { durationViolations, endOf, toTimestamp } from "./time.ts";
import { answerTo, storeFailure, writeOptions } from "./write.ts";

const method = ActionService.method.createTarget;

export function createTarget(parts: HandlerParts): UnaryHandler {
  return unaryHandler({
    method,
    prepare: (request) => ({
      violations: [
        ...settingsViolations(request),
        ...emptyHeaders(request),
        ...durationViolations("ttl", request.ttl),
      ],
      run: (context) => run(parts, request, context),
    }),
  });
}

async function run(
  parts: HandlerParts,
  request: CreateTargetRequest,
  context: CallContext,
): Promise<CreateTargetResponse> {
  const { store, clock, quotas, newTargetId, newSigningKey, denyEndpoint } = parts;
  // The rules of the proto file have made sure that name, type, timeout and endpoint are given.
  const settings = { ...clearedSettings, ...givenSettings(request) } as TargetSettings;
  const { instance } = context.identity;
  const denied = deniedEndpoint(settings.endpoint, denyEndpoint(instance));
  if (denied.length > 0) throw new InvalidFields(denied);
  const answer = request.validateOnly ? dryAnswer : wetAnswer;
  const options = writeOptions(method, request, context, clock, answer);
  const target: Target = {
    id: newTargetId(),
    createdAt: options.at,
    changedAt: options.at,
    settings,
    signingKey: newSigningKey(),
    previousKeys: [],
    expiresAt: request.ttl && endOf(request.ttl, options.at),
  };
  const written = await store
    .createTarget(instance, target, { ...options, mostTargets: quotas.quotaTargets })
    .catch((thrown: unknown) => {
      throw storeFailure(quotaFailure(thrown, quotas, "quotaTargets"), "instanceNotFound");
    });
  return answerTo(method.output, written, context, answer);
}

function wetAnswer(target: Target): CreateTargetResponse {
  return create(CreateTargetResponseSchema, {
    id: target.id,
    creationDate: toTimestamp(target.createdAt),
    signingKey: target.signingKey.secret,
  });
}

/** A target that was not written has no id and no key. */
function dryAnswer(): CreateTargetResponse {
  return create(CreateTargetResponseSchema);
}

/** An empty value keeps the stored one, and a new target has none. */
function emptyHeaders({ headers }: CreateTargetRequest): Violation[] {
  return Object.entries(headers)
    .filter(([, value]) => value === "")
    .map(([name]) => ({ field: headerField(name), description: "must have a value" }));
}
