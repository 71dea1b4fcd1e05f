/** Changes as callers see them: the values of fields in the JSON form of the API. */
import { create, fromJson, type JsonValue, toJson } from "@bufbuild/protobuf";
import { DurationSchema, type Value, ValueSchema } from "@bufbuild/protobuf/wkt";
import {
  type Change,
  ChangeSchema,
  ResourceType as ResourceTypeNumber,
} from "../../gen/targetd/v1/audit_service_pb.ts";
import { DeliveryPolicySchema } from "../../gen/targetd/v1/delivery_policy_pb.ts";
import type { DeliveryPolicy, PayloadKind, TargetType } from "../domain/target.ts";
import type { Nanoseconds } from "../domain/units.ts";
import type { ChangeRecord, ResourceType } from "../store/audit-store.ts";
import { fromPolicy } from "./target-message.ts";
import { toDuration, toTimestamp } from "./time.ts";

export const resourceTypes: ReadonlyMap<ResourceType, ResourceTypeNumber> = new Map<
  ResourceType,
  ResourceTypeNumber
>([
  ["target", ResourceTypeNumber.TARGET],
  ["token", ResourceTypeNumber.TOKEN],
  ["instance", ResourceTypeNumber.INSTANCE],
  ["call", ResourceTypeNumber.CALL],
  ["execution", ResourceTypeNumber.EXECUTION],
  ["catalog", ResourceTypeNumber.CATALOG],
  ["delivery", ResourceTypeNumber.DELIVERY],
]);

export function toChangeMessage(change: ChangeRecord): Change {
  const { at, author, certificate, resourceType, resourceId, action, fields } = change;
  return create(ChangeSchema, {
    date: toTimestamp(at),
    author,
    certificate: certificate ?? "",
    resourceType: resourceTypes.get(resourceType) ?? ResourceTypeNumber.UNSPECIFIED,
    resourceId,
    action,
    fields: fields.map(({ field, old, new: next }) => {
      const read = (resourceType === "target" ? targetFields.get(field) : undefined) ?? asItIs;
      return { field, ...side("oldValue", old, read), ...side("newValue", next, read) };
    }),
  });
}

type Read = (value: unknown) => JsonValue;

const asItIs: Read = (value) => value as JsonValue;

/** Fields of a target whose domain values have another form in the API, by their proto names. */
const targetFields: ReadonlyMap<string, Read> = new Map<string, Read>([
  ["timeout", (value) => toJson(DurationSchema, toDuration(value as Nanoseconds))],
  ["payload_type", (value) => `PAYLOAD_TYPE_${(value as PayloadKind).toUpperCase()}`],
  [
    "target_type",
    (value) => {
      const { kind, interruptOnError } = value as TargetType;
      return { [kind]: kind === "restAsync" ? {} : { interruptOnError } };
    },
  ],
  ["delivery_policy", (value) => toJson(DeliveryPolicySchema, fromPolicy(value as DeliveryPolicy))],
]);

/** A side of a change that has no value is left out. */
function side<K extends string>(name: K, value: unknown, read: Read): { [Key in K]?: Value } {
  if (value === undefined || value === null) return {};
  return { [name]: fromJson(ValueSchema, read(value)) } as { [Key in K]: Value };
}
