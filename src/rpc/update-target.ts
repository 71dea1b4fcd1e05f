/** UpdateTarget: the request's mask and fields to a command, the result to an answer. */
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import type {
  UpdateTargetRequest,
  UpdateTargetResponse,
} from "../../gen/zitadel/action/v2/target_messages_pb.ts";
import { PayloadType } from "../../gen/zitadel/action/v2/target_pb.ts";
import type { Target } from "../domain/target.ts";
import { applyUpdate, type TargetUpdate, type UpdateCommand } from "../domain/target-update.ts";
import { targetId } from "../domain/units.ts";
import {
  type InterruptChange,
  type MaskSelection,
  readMask,
  type SomeSettings,
  select,
} from "../domain/update-mask.ts";
import type { Violation } from "../errors/api-error.ts";
import type { HandlerParts } from "./handler-parts.ts";
import { type CallContext, type UnaryHandler, unaryHandler } from "./method-table.ts";
import { givenSettings, settingsViolations, toTargetMessage } from "./target-message.ts";
import { durationViolations, toNanoseconds, toTimestamp } from "./time.ts";
import { answerTo, storeFailure, writeOptions } from "./write.ts";

const method = ActionService.method.updateTarget;

export function updateTarget(parts: HandlerParts): UnaryHandler {
  return unaryHandler({
    method,
    prepare(request) {
      const wish = readWish(request);
      return {
        violations: [
          ...wish.violations,
          ...settingsViolations(request),
          ...durationViolations("expiration_signing_key", request.expirationSigningKey),
        ],
        run: (context) => run(parts, request, wish, context),
      };
    },
  });
}

/** Which settings are to change, mask and presence taken together. */
interface Wish {
  readonly patch: SomeSettings;
  readonly interrupt: InterruptChange | undefined;
  readonly violations: readonly Violation[];
}

/** Reads the mask and drops from the request what it leaves out. */
function readWish(request: UpdateTargetRequest): Wish {
  const given = givenSettings(request);
  const paths = request.updateMask?.paths ?? [];
  if (paths.length === 0) return { patch: given, interrupt: undefined, violations: [] };
  const rotates = request.expirationSigningKey !== undefined;
  const mask = readMask(paths, { kind: given.type?.kind, rotates });
  const selected = select(given, mask.selection);
  dropUnnamed(request, mask.selection);
  return { ...selected, violations: [...mask.violations, ...selected.violations] };
}

/** Fields that a mask leaves out must not count, not even with a mistake in them. */
function dropUnnamed(request: UpdateTargetRequest, { fields, interruptOf }: MaskSelection): void {
  if (!fields.has("name")) delete request.name;
  if (!fields.has("type") && interruptOf === undefined) request.targetType = { case: undefined };
  if (!fields.has("timeout")) delete request.timeout;
  if (!fields.has("endpoint")) delete request.endpoint;
  if (!fields.has("payloadType")) request.payloadType = PayloadType.UNSPECIFIED;
  if (!fields.has("headers")) request.headers = {};
  if (!fields.has("deliveryPolicy")) delete request.deliveryPolicy;
  if (!fields.has("disabled")) delete request.disabled;
  if (!fields.has("ordered")) delete request.ordered;
}

async function run(
  parts: HandlerParts,
  request: UpdateTargetRequest,
  wish: Wish,
  context: CallContext,
): Promise<UpdateTargetResponse> {
  const { store, clock, denyEndpoint, newSigningKey } = parts;
  const rotation = request.expirationSigningKey && {
    grace: toNanoseconds(request.expirationSigningKey),
    newKey: newSigningKey(),
  };
  const { patch, interrupt } = wish;
  const command: UpdateCommand = { patch, interrupt, rotation, etag: request.etag ?? "" };
  const answer = request.validateOnly ? dryAnswer : wetAnswer;
  const options = writeOptions(method, request, context, clock, answer);
  const { instance } = context.identity;
  const deny = denyEndpoint(instance);
  const change = (current: Target) => applyUpdate(current, command, options.at, deny);
  const written = await store
    .updateTarget(instance, targetId(request.id), change, options)
    .catch((thrown: unknown) => {
      throw storeFailure(thrown, "updateTargetNotFound");
    });
  return answerTo(method.output, written, context, answer);
}

/** The answer to a real update; the new key shows exactly when there is one. */
function wetAnswer({ current, next }: TargetUpdate): UpdateTargetResponse {
  const rotated = next.signingKey.id !== current.signingKey.id;
  const message: UpdateTargetResponse = {
    $typeName: "zitadel.action.v2.UpdateTargetResponse",
    changeDate: toTimestamp(next.changedAt),
    target: toTargetMessage(next, false),
  };
  if (rotated) message.signingKey = next.signingKey.secret;
  return message;
}

/** The answer to validate_only: the settings that would be, on the target as it is. */
function dryAnswer({ current, next }: TargetUpdate): UpdateTargetResponse {
  return wetAnswer({ current, next: { ...current, settings: next.settings }, fields: [] });
}
