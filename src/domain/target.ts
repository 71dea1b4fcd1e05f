/** A webhook target as the domain sees it. Plain values, no messages and no rows. */
import { type Micros, micros, type Nanoseconds, type TargetId } from "./units.ts";

/** What is done with the endpoint's answer. */
export type TargetKind = "restWebhook" | "restCall" | "restAsync";

/** A target's type. `interruptOnError` is always false for restAsync. */
export interface TargetType {
  readonly kind: TargetKind;
  readonly interruptOnError: boolean;
}

/** How the body of a call is packed. */
export type PayloadKind = "json" | "jwt" | "jwe";

/** How deliveries are retried and throttled. Zero and empty mean the default. */
export interface DeliveryPolicy {
  readonly retryDelays: readonly Nanoseconds[];
  readonly clientErrorsFinal: boolean;
  readonly maxConcurrency: number;
  readonly maxPerSecond: number;
}

/** Everything of a target that its owner sets. */
export interface TargetSettings {
  readonly name: string;
  readonly type: TargetType;
  readonly timeout: Nanoseconds;
  readonly endpoint: string;
  readonly payloadType: PayloadKind;
  /** Extra request headers by lower-case name; values are secret. */
  readonly headers: ReadonlyMap<string, string>;
  readonly deliveryPolicy: DeliveryPolicy | undefined;
  readonly disabled: boolean;
  readonly ordered: boolean;
}

/** What decides, besides its outcome, what becomes of a delivery and its target after a call. */
export type CalledSettings = Pick<TargetSettings, "endpoint" | "deliveryPolicy" | "disabled">;

/** A key that signs calls. `secret` is the whole string "whsec_...". */
export interface SigningKey {
  readonly id: string;
  readonly secret: string;
}

/** A replaced key that still signs until `expiresAt`. */
export interface PreviousSigningKey extends SigningKey {
  readonly expiresAt: Micros;
}

export interface Target {
  readonly id: TargetId;
  readonly createdAt: Micros;
  /** Strictly increases with every real change. */
  readonly changedAt: Micros;
  readonly settings: TargetSettings;
  readonly signingKey: SigningKey;
  /** Oldest first. */
  readonly previousKeys: readonly PreviousSigningKey[];
  /** When a temporary target is deleted; undefined for those that stay. */
  readonly expiresAt: Micros | undefined;
}

/** One changed field as history keeps it: proto name, old and new JSON value, never a secret. */
export interface FieldChange {
  readonly field: string;
  readonly old: unknown;
  readonly new: unknown;
}

/**
 * The date of a change that is made now. A clock may show the same time for many changes, their
 * dates never do (contract.md section 4).
 */
export function changeDate(current: Pick<Target, "changedAt">, now: Micros): Micros {
  return micros(Math.max(now, current.changedAt + 1));
}

/**
 * The version of a target for optimistic locking. It follows `changedAt`, so it moves with every
 * real change and with nothing else.
 */
export function etagOf(target: Pick<Target, "changedAt">): string {
  return target.changedAt.toString(36);
}

/**
 * The form under which names are unique and compared without case (contract.md section 3). Computed
 * here and stored, so that every store agrees.
 */
export function nameKey(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

/** The author of changes that the server makes by itself. */
export const ownAuthor = "targetd";

/** A target that the server disables, and what history keeps of it. */
export function disabledBy(
  reason: string,
  current: Target,
  now: Micros,
): { readonly next: Target; readonly fields: readonly FieldChange[] } {
  const settings = { ...current.settings, disabled: true };
  return {
    next: { ...current, settings, changedAt: changeDate(current, now) },
    fields: [
      { field: "disabled", old: false, new: true },
      { field: "disabled.reason", old: null, new: reason },
    ],
  };
}
