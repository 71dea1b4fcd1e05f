/** What is sent to create or change a target. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { DeliveryPolicySchema } from "../../../gen/targetd/v1/delivery_policy_pb.ts";
import type {
  CreateTargetRequestSchema,
  UpdateTargetRequestSchema,
} from "../../../gen/zitadel/action/v2/target_messages_pb.ts";
import { durationOf } from "../api/duration.ts";
import {
  type FieldName,
  fieldNames,
  isSame,
  type PolicyFields,
  payloadTypes,
  type TargetFields,
} from "./fields.ts";

type CreateRequest = MessageInitShape<typeof CreateTargetRequestSchema>;
type UpdateRequest = MessageInitShape<typeof UpdateTargetRequestSchema>;

/** The path of each setting in a field mask. */
const paths: Readonly<Record<FieldName, string>> = {
  name: "name",
  endpoint: "endpoint",
  type: "target_type",
  timeout: "timeout",
  payload: "payload_type",
  headers: "headers",
  policy: "delivery_policy",
  disabled: "disabled",
  ordered: "ordered",
};

/** The settings that are not as they were. */
export function changedFields(before: TargetFields, after: TargetFields): readonly FieldName[] {
  return fieldNames.filter((name) => !isSame(name, before, after));
}

/** @param ttl nanoseconds after which the server deletes the target; undefined for never */
export function createRequest(fields: TargetFields, ttl?: bigint): CreateRequest {
  return {
    name: fields.name,
    endpoint: fields.endpoint,
    targetType: targetTypeOf(fields),
    timeout: durationOf(fields.timeout),
    payloadType: payloadTypes[fields.payload],
    headers: fields.headers,
    ...policyOf(fields),
    disabled: fields.disabled,
    ordered: fields.ordered,
    ...(ttl !== undefined && { ttl: durationOf(ttl) }),
  };
}

/**
 * An update of some settings; the others are neither sent nor named, so that nobody else's change of
 * them is undone.
 *
 * @param etag of the version that the user saw
 */
export function updateRequest(
  id: string,
  fields: TargetFields,
  changed: readonly FieldName[],
  etag: string,
): UpdateRequest {
  const parts = changed.map((name) => messages[name](fields));
  return Object.assign(
    { id, etag, updateMask: { paths: changed.map((name) => paths[name]) } },
    ...parts,
  );
}

const messages: { readonly [Name in FieldName]: (fields: TargetFields) => UpdateRequest } = {
  name: ({ name }) => ({ name }),
  endpoint: ({ endpoint }) => ({ endpoint }),
  type: (fields) => ({ targetType: targetTypeOf(fields) }),
  timeout: ({ timeout }) => ({ timeout: durationOf(timeout) }),
  payload: ({ payload }) => ({ payloadType: payloadTypes[payload] }),
  headers: ({ headers }) => ({ headers }),
  policy: policyOf,
  disabled: ({ disabled }) => ({ disabled }),
  ordered: ({ ordered }) => ({ ordered }),
};

function targetTypeOf({
  type: { kind, interrupt },
}: TargetFields): NonNullable<CreateRequest["targetType"]> {
  switch (kind) {
    case "webhook":
      return { case: "restWebhook", value: { interruptOnError: interrupt } };
    case "call":
      return { case: "restCall", value: { interruptOnError: interrupt } };
    case "async":
      return { case: "restAsync", value: {} };
  }
}

function policyOf({ policy }: TargetFields): {
  deliveryPolicy?: MessageInitShape<typeof DeliveryPolicySchema>;
} {
  return policy === undefined ? {} : { deliveryPolicy: policyMessage(policy) };
}

function policyMessage({ retryDelays, ...rest }: PolicyFields) {
  return { ...rest, retryDelays: retryDelays.map(durationOf) };
}
