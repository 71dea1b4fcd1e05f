/** The events that changes of targets and executions publish by themselves (contract.md section 6). */
import type { PublishedEvent } from "./delivery.ts";
import { eventContext } from "./event-context.ts";
import type { DeliveryPolicy, FieldChange, PayloadKind, TargetType } from "./target.ts";
import type { InstanceId, Micros, Nanoseconds } from "./units.ts";

/** A change as the audit has it. */
export interface AuditedChange {
  readonly instance: InstanceId;
  /** Its place in the audit of the instance. */
  readonly sequence: number;
  readonly at: Micros;
  readonly author: string;
  readonly resourceType: string;
  readonly resourceId: string;
  readonly action: string;
  readonly fields: readonly FieldChange[];
}

/**
 * The events of a change: target.added, target.changed, target.removed, target.disabled and
 * target.enabled (besides target.changed), execution.set, execution.removed. None for anything else.
 */
export type OwnEvents = (change: AuditedChange) => readonly PublishedEvent[];

/** Version of the payloads below. */
const version = "v1";

/**
 * Ids of our own events begin so: "targetd:<instance>-<sequence>", and "-2" behind it for the second
 * event of a change. A change has them for good, so that they are published once.
 */
export const ownEventPrefix = "targetd:";

export const ownEvents: OwnEvents = (change) =>
  kindsOf(change).map(({ type, fields }, index) => {
    const { instance, sequence, at, author, resourceType, resourceId } = change;
    const id = `${ownEventPrefix}${instance}-${sequence}${index === 0 ? "" : `-${index + 1}`}`;
    const context = eventContext({
      ...{ instance, type, version, sequence: BigInt(sequence), createdAt: at, userId: author },
      ...{ aggregateId: resourceId, aggregateType: resourceType, resourceOwner: instance },
      payload: payloadOf(resourceType, fields),
    });
    return { id, type, aggregateId: resourceId, context };
  });

/** An event, and the changes that it tells about. */
interface Kind {
  readonly type: string;
  readonly fields: readonly FieldChange[];
}

function kindsOf(change: AuditedChange): readonly Kind[] {
  if (change.resourceType === "target") return targetKinds(change);
  return change.resourceType === "execution" ? executionKinds(change) : [];
}

function targetKinds({ action, fields }: AuditedChange): readonly Kind[] {
  switch (action) {
    case "created":
      return [{ type: "target.added", fields }];
    case "deleted":
      return [{ type: "target.removed", fields }];
    case "changed":
      return [{ type: "target.changed", fields }, ...switchKinds(fields)];
    default:
      return [];
  }
}

/** The flag, with the reason that the server may give beside it. */
function switchKinds(fields: readonly FieldChange[]): readonly Kind[] {
  const flag = fields.find(({ field }) => field === "disabled");
  if (flag === undefined) return [];
  const about = fields.filter(({ field }) => field === "disabled" || field.startsWith("disabled."));
  return [{ type: flag.new === true ? "target.disabled" : "target.enabled", fields: about }];
}

/** An execution is never deleted: its list becomes empty. */
function executionKinds({ action, fields }: AuditedChange): readonly Kind[] {
  if (action !== "created" && action !== "changed") return [];
  const list = fields.find(({ field }) => field === "targets")?.new;
  const isEmpty = Array.isArray(list) && list.length === 0;
  return [{ type: isEmpty ? "execution.removed" : "execution.set", fields }];
}

/** The new values by the proto names of their fields, in the JSON form of the API. */
function payloadOf(resourceType: string, fields: readonly FieldChange[]): Record<string, unknown> {
  const formOf = (field: string) => (resourceType === "target" ? forms.get(field) : undefined);
  const entries = fields.map(({ field, new: value }) => {
    const form = formOf(field);
    return [field, value === null || form === undefined ? value : form(value)] as const;
  });
  return Object.fromEntries(entries);
}

/** Fields of a target whose values have another form in the API. */
const forms: ReadonlyMap<string, (value: unknown) => unknown> = new Map([
  ["timeout", (value: unknown) => durationJson(value as Nanoseconds)],
  ["payload_type", (value: unknown) => `PAYLOAD_TYPE_${(value as PayloadKind).toUpperCase()}`],
  ["target_type", (value: unknown) => typeJson(value as TargetType)],
  ["delivery_policy", (value: unknown) => policyJson(value as DeliveryPolicy)],
]);

/** A google.protobuf.Duration: seconds with 0, 3, 6 or 9 decimals. */
function durationJson(value: Nanoseconds): string {
  const seconds = Math.floor(value / 1e9);
  const nanos = String(value - seconds * 1e9).padStart(9, "0");
  const decimals = nanos.replace(/(000)+$/, "");
  return decimals === "" ? `${seconds}s` : `${seconds}.${decimals}s`;
}

/** The type as the member of the target that holds it. */
function typeJson({ kind, interruptOnError }: TargetType): unknown {
  return { [kind]: kind === "restAsync" ? {} : { interruptOnError } };
}

/** What is empty, zero or false is left out, as in proto JSON. */
function policyJson({ retryDelays, ...rest }: DeliveryPolicy): unknown {
  const set = Object.entries(rest).filter(([, value]) => value !== 0 && value !== false);
  const delays = retryDelays.length > 0 ? { retryDelays: retryDelays.map(durationJson) } : {};
  return { ...delays, ...Object.fromEntries(set) };
}
