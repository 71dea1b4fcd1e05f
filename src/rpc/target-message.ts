/** Targets and their settings between messages and the domain. */
import { create } from "@bufbuild/protobuf";
import {
  type DeliveryPolicy as DeliveryPolicyMessage,
  DeliveryPolicySchema,
} from "../../gen/targetd/v1/delivery_policy_pb.ts";
import type {
  CreateTargetRequest,
  UpdateTargetRequest,
} from "../../gen/zitadel/action/v2/target_messages_pb.ts";
import {
  PayloadType,
  type PreviousSigningKey as PreviousKeyMessage,
  type Target as TargetMessage,
} from "../../gen/zitadel/action/v2/target_pb.ts";
import { endpointProblem } from "../domain/endpoint.ts";
import { nameProblem } from "../domain/name.ts";
import { headerViolations } from "../domain/request-headers.ts";
import {
  type DeliveryPolicy,
  etagOf,
  type PayloadKind,
  type PreviousSigningKey,
  type Target,
  type TargetType,
} from "../domain/target.ts";
import type { SomeSettings } from "../domain/update-mask.ts";
import type { Violation } from "../errors/api-error.ts";
import { durationViolations, toDuration, toNanoseconds, toTimestamp } from "./time.ts";

/** A request that carries settings of a target. */
type SettingsRequest = CreateTargetRequest | UpdateTargetRequest;

const payloadKinds: ReadonlyMap<PayloadType, PayloadKind> = new Map<PayloadType, PayloadKind>([
  [PayloadType.JSON, "json"],
  [PayloadType.JWT, "jwt"],
  [PayloadType.JWE, "jwe"],
]);

const payloadTypes: Readonly<Record<PayloadKind, PayloadType>> = {
  json: PayloadType.JSON,
  jwt: PayloadType.JWT,
  jwe: PayloadType.JWE,
};

/** Mistakes in settings that the rules of the proto file cannot express. */
export function settingsViolations(request: SettingsRequest): Violation[] {
  const { name, endpoint } = request;
  const policy = request.deliveryPolicy;
  return [
    ...problem("name", name === undefined ? undefined : nameProblem(name)),
    ...durationViolations("timeout", request.timeout),
    ...problem("endpoint", endpoint === undefined ? undefined : endpointProblem(endpoint)),
    ...headerViolations(request.headers),
    ...(policy?.retryDelays ?? []).flatMap((delay, index) =>
      durationViolations(`delivery_policy.retry_delays[${index}]`, delay),
    ),
  ];
}

function problem(field: string, description: string | undefined): Violation[] {
  return description === undefined ? [] : [{ field, description }];
}

/** The settings that a valid request gives; what is absent is absent in the result. */
export function givenSettings(request: SettingsRequest): SomeSettings {
  const type = givenType(request);
  const payloadType = payloadKinds.get(request.payloadType);
  const headers = Object.entries(request.headers);
  return {
    ...(request.name === undefined ? {} : { name: request.name }),
    ...(type && { type }),
    ...(request.timeout && { timeout: toNanoseconds(request.timeout) }),
    ...(request.endpoint === undefined ? {} : { endpoint: request.endpoint }),
    ...(payloadType && { payloadType }),
    ...(headers.length > 0 && { headers: lowerCaseNames(headers) }),
    ...(request.deliveryPolicy && { deliveryPolicy: toPolicy(request.deliveryPolicy) }),
    ...(request.disabled === undefined ? {} : { disabled: request.disabled }),
    ...(request.ordered === undefined ? {} : { ordered: request.ordered }),
  };
}

/** The type that a request sets. */
export function givenType({ targetType }: SettingsRequest): TargetType | undefined {
  if (targetType.case === undefined) return undefined;
  const interruptOnError = targetType.case !== "restAsync" && targetType.value.interruptOnError;
  return { kind: targetType.case, interruptOnError };
}

/**
 * A target as callers see it: header values empty, always; the signing key only on demand.
 *
 * @param withKey true shows the signing key
 */
export function toTargetMessage(target: Target, withKey: boolean): TargetMessage {
  const { settings } = target;
  const message: TargetMessage = {
    $typeName: "zitadel.action.v2.Target",
    id: target.id,
    creationDate: toTimestamp(target.createdAt),
    changeDate: toTimestamp(target.changedAt),
    name: settings.name,
    targetType: toTypeMember(settings.type),
    timeout: toDuration(settings.timeout),
    endpoint: settings.endpoint,
    signingKey: withKey ? target.signingKey.secret : "",
    payloadType: payloadTypes[settings.payloadType],
    etag: etagOf(target),
    previousSigningKeys: target.previousKeys.map(toPreviousKey),
    signingKeyId: target.signingKey.id,
    headers: settings.headers.size === 0 ? {} : namesAlone(settings.headers),
    disabled: settings.disabled,
    ordered: settings.ordered,
  };
  if (target.expiresAt) message.expirationDate = toTimestamp(target.expiresAt);
  if (settings.deliveryPolicy) message.deliveryPolicy = fromPolicy(settings.deliveryPolicy);
  return message;
}

/** Header values are write-only. */
function namesAlone(headers: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...headers.keys()].map((name) => [name, ""]));
}

function toPreviousKey({ id, expiresAt }: PreviousSigningKey): PreviousKeyMessage {
  const $typeName = "zitadel.action.v2.PreviousSigningKey";
  return { $typeName, keyId: id, expirationDate: toTimestamp(expiresAt) };
}

function toTypeMember({ kind, interruptOnError }: TargetType): TargetMessage["targetType"] {
  switch (kind) {
    case "restWebhook":
      return {
        case: kind,
        value: { $typeName: "zitadel.action.v2.RESTWebhook", interruptOnError },
      };
    case "restCall":
      return { case: kind, value: { $typeName: "zitadel.action.v2.RESTCall", interruptOnError } };
    case "restAsync":
      return { case: kind, value: { $typeName: "zitadel.action.v2.RESTAsync" } };
  }
}

function lowerCaseNames(headers: [string, string][]): ReadonlyMap<string, string> {
  return new Map(headers.map(([name, value]) => [name.toLowerCase(), value]));
}

function toPolicy(message: DeliveryPolicyMessage): DeliveryPolicy {
  const { clientErrorsFinal, maxConcurrency, maxPerSecond } = message;
  const retryDelays = message.retryDelays.map(toNanoseconds);
  return { retryDelays, clientErrorsFinal, maxConcurrency, maxPerSecond };
}

export function fromPolicy(policy: DeliveryPolicy): DeliveryPolicyMessage {
  return create(DeliveryPolicySchema, {
    ...policy,
    retryDelays: policy.retryDelays.map(toDuration),
  });
}
