/** Target rows and the domain's targets, one into the other. */
import {
  type CalledSettings,
  type DeliveryPolicy,
  nameKey,
  type PayloadKind,
  type PreviousSigningKey,
  type SigningKey,
  type Target,
  type TargetKind,
} from "../../domain/target.ts";
import {
  type InstanceId,
  micros,
  nanoseconds,
  type TargetId,
  targetId,
} from "../../domain/units.ts";
import { StoreError } from "../store.ts";
import { type Flag, optionalMicros } from "./values.ts";

/** A row of targets. */
export interface TargetRow {
  readonly instance_id: InstanceId;
  readonly id: string;
  readonly created_at: number;
  readonly changed_at: number;
  readonly name: string;
  readonly name_key: string;
  readonly kind: TargetKind;
  readonly interrupt_on_error: Flag;
  readonly timeout: number;
  readonly endpoint: string;
  readonly payload_type: PayloadKind;
  readonly sealed_headers: Uint8Array | null;
  /** JSON of a DeliveryPolicy. */
  readonly delivery_policy: string | null;
  readonly disabled: Flag;
  readonly ordered: Flag;
  readonly expires_at: number | null;
}

/** What results of calls are judged by. */
export type CalledRow = Pick<TargetRow, "endpoint" | "delivery_policy" | "disabled">;

/** The keys of a target that have not expired. */
export interface SigningKeys {
  readonly signingKey: SigningKey;
  readonly previousKeys: readonly PreviousSigningKey[];
}

/** The columns of {@link TargetRow}, for SELECT, INSERT and UPDATE. */
export const targetColumns = [
  "instance_id",
  "id",
  "created_at",
  "changed_at",
  "name",
  "name_key",
  "kind",
  "interrupt_on_error",
  "timeout",
  "endpoint",
  "payload_type",
  "sealed_headers",
  "delivery_policy",
  "disabled",
  "ordered",
  "expires_at",
] as const satisfies readonly (keyof TargetRow)[];

export function toTargetRow(
  instance: InstanceId,
  target: Target,
  sealedHeaders: Uint8Array | null,
): TargetRow {
  const { settings } = target;
  const policy = settings.deliveryPolicy;
  return {
    instance_id: instance,
    id: target.id,
    created_at: target.createdAt,
    changed_at: target.changedAt,
    name: settings.name,
    name_key: nameKey(settings.name),
    kind: settings.type.kind,
    interrupt_on_error: settings.type.interruptOnError,
    timeout: settings.timeout,
    endpoint: settings.endpoint,
    payload_type: settings.payloadType,
    sealed_headers: sealedHeaders,
    delivery_policy: policy === undefined ? null : JSON.stringify(policy),
    disabled: settings.disabled,
    ordered: settings.ordered,
    expires_at: target.expiresAt ?? null,
  };
}

/** @throws StoreError broken */
export function toTarget(
  row: TargetRow,
  headers: ReadonlyMap<string, string>,
  keys: SigningKeys,
): Target {
  return {
    id: rowId(row),
    createdAt: micros(row.created_at),
    changedAt: micros(row.changed_at),
    settings: {
      name: row.name,
      type: { kind: row.kind, interruptOnError: Boolean(row.interrupt_on_error) },
      timeout: nanoseconds(row.timeout),
      endpoint: row.endpoint,
      deliveryPolicy: toPolicy(row.delivery_policy),
      disabled: Boolean(row.disabled),
      payloadType: row.payload_type,
      headers,
      ordered: Boolean(row.ordered),
    },
    signingKey: keys.signingKey,
    previousKeys: keys.previousKeys,
    expiresAt: optionalMicros(row.expires_at),
  };
}

/** A policy that is damaged is the default here: a call that was made must not lose its result. */
export function toCalledSettings(row: CalledRow): CalledSettings {
  const { endpoint, delivery_policy: policy, disabled } = row;
  return { endpoint, deliveryPolicy: readPolicy(policy), disabled: Boolean(disabled) };
}

/** The id of a row's target. */
export function rowId(row: TargetRow): TargetId {
  return targetId(row.id);
}

/**
 * The policy of a row.
 *
 * @throws StoreError broken
 */
function toPolicy(json: string | null): DeliveryPolicy | undefined {
  const policy = readPolicy(json);
  if (json === null || policy !== undefined) return policy;
  throw new StoreError("broken", "a target has a damaged delivery policy");
}

/** @returns undefined for none, and for what is none */
function readPolicy(json: string | null): DeliveryPolicy | undefined {
  if (json === null) return undefined;
  try {
    const policy: unknown = JSON.parse(json);
    return isPolicy(policy) ? policy : undefined;
  } catch {
    return undefined;
  }
}

function isPolicy(value: unknown): value is DeliveryPolicy {
  if (typeof value !== "object" || value === null) return false;
  const { retryDelays, clientErrorsFinal, maxConcurrency, maxPerSecond } = value as Partial<
    Record<keyof DeliveryPolicy, unknown>
  >;
  return (
    Array.isArray(retryDelays) &&
    [...retryDelays, maxConcurrency, maxPerSecond].every(Number.isSafeInteger) &&
    typeof clientErrorsFinal === "boolean"
  );
}
