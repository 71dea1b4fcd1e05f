/** The settings of a target as the console compares, shows and changes them. */
import type { DeliveryPolicy } from "../../../gen/targetd/v1/delivery_policy_pb.ts";
import { PayloadType, type Target } from "../../../gen/zitadel/action/v2/target_pb.ts";
import { nanosecondsOf } from "../api/duration.ts";

export type TargetKind = "webhook" | "call" | "async";
export type Payload = "json" | "jwt" | "jwe";

export interface PolicyFields {
  /** Nanoseconds before each retry; none for the default ones. */
  readonly retryDelays: readonly bigint[];
  readonly clientErrorsFinal: boolean;
  /** 0 for the default. */
  readonly maxConcurrency: number;
  /** 0 for no limit. */
  readonly maxPerSecond: number;
}

export interface TargetFields {
  readonly name: string;
  readonly endpoint: string;
  readonly type: { readonly kind: TargetKind; readonly interrupt: boolean };
  /** Nanoseconds. */
  readonly timeout: bigint;
  readonly payload: Payload;
  /** Extra headers; the server tells names only, so an empty value is the one that it keeps. */
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined for the defaults. */
  readonly policy: PolicyFields | undefined;
  readonly disabled: boolean;
  readonly ordered: boolean;
}

export type FieldName = keyof TargetFields;

/** In the order of the form. */
export const fieldNames: readonly FieldName[] = [
  "name",
  "endpoint",
  "type",
  "timeout",
  "payload",
  "headers",
  "policy",
  "disabled",
  "ordered",
];

export const payloadTypes: Readonly<Record<Payload, PayloadType>> = {
  json: PayloadType.JSON,
  jwt: PayloadType.JWT,
  jwe: PayloadType.JWE,
};

/** The settings of a target as the server tells them. */
export function fieldsOf(target: Target): TargetFields {
  return {
    name: target.name,
    endpoint: target.endpoint,
    type: typeOf(target),
    timeout: nanosecondsOf(target.timeout),
    payload: payloadOf(target.payloadType),
    headers: target.headers,
    policy: target.deliveryPolicy && policyOf(target.deliveryPolicy),
    disabled: target.disabled ?? false,
    ordered: target.ordered ?? false,
  };
}

export function typeOf({ targetType }: Pick<Target, "targetType">): TargetFields["type"] {
  switch (targetType.case) {
    case "restCall":
      return { kind: "call", interrupt: targetType.value.interruptOnError };
    case "restAsync":
      return { kind: "async", interrupt: false };
    default:
      return { kind: "webhook", interrupt: targetType.value?.interruptOnError ?? false };
  }
}

export function payloadOf(type: PayloadType): Payload {
  if (type === PayloadType.JWT) return "jwt";
  return type === PayloadType.JWE ? "jwe" : "json";
}

function policyOf(policy: DeliveryPolicy): PolicyFields {
  const { clientErrorsFinal, maxConcurrency, maxPerSecond } = policy;
  const retryDelays = policy.retryDelays.map(nanosecondsOf);
  return { retryDelays, clientErrorsFinal, maxConcurrency, maxPerSecond };
}

/** Whether a setting is the same in both. */
export function isSame(name: FieldName, one: TargetFields, other: TargetFields): boolean {
  return canonical(one[name]) === canonical(other[name]);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === "bigint") return String(part);
    return isRecord(part) ? Object.fromEntries(Object.entries(part).sort(byName)) : part;
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function byName([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : 1;
}
