/**
 * What an update does to a target (contract.md section 4): pure, from the current target to the
 * next one and to what history keeps.
 */
import { isDeepStrictEqual } from "node:util";
import { ApiError } from "../errors/api-error.ts";
import { InvalidFields } from "../errors/invalid-fields.ts";
import { headerField } from "./request-headers.ts";
import { type Rotation, rotate } from "./signing-key.ts";
import {
  changeDate,
  etagOf,
  type FieldChange,
  type Target,
  type TargetSettings,
} from "./target.ts";
import type { Micros } from "./units.ts";
import {
  type InterruptChange,
  protoNames,
  type SettingsField,
  type SomeSettings,
} from "./update-mask.ts";

/** A checked wish to change a target. */
export interface UpdateCommand {
  readonly patch: SomeSettings;
  readonly interrupt: InterruptChange | undefined;
  readonly rotation: Rotation | undefined;
  /** The etag the target must have; empty for any. */
  readonly etag: string;
}

/** Says why an endpoint may not be called, or undefined when it may. */
export type DenyEndpoint = (endpoint: string) => string | undefined;

/** The target before and after an update; the very same object when nothing changes. */
export interface TargetUpdate {
  readonly current: Target;
  readonly next: Target;
  readonly fields: readonly FieldChange[];
}

/**
 * Applies an update.
 *
 * @throws ApiError etagMismatch, tooManySigningKeys
 * @throws InvalidFields for a flag of another type, a denied new endpoint, an unknown header to keep
 */
export function applyUpdate(
  current: Target,
  command: UpdateCommand,
  now: Micros,
  denyEndpoint: DenyEndpoint,
): TargetUpdate {
  requireEtag(current, command.etag);
  const settings = nextSettings(current.settings, command);
  const fields = changedFields(current.settings, settings);
  if (settings.endpoint !== current.settings.endpoint)
    allowEndpoint(settings.endpoint, denyEndpoint);
  if (command.rotation === undefined && fields.length === 0)
    return { current, next: current, fields };
  const { signingKey, previousKeys } = current;
  const keys = command.rotation
    ? rotate({ signingKey, previousKeys }, command.rotation, now)
    : { signingKey, previousKeys };
  const changedAt = changeDate(current, now);
  return {
    current,
    next: { ...current, ...keys, settings, changedAt },
    fields: command.rotation ? [...fields, keyChange(current, keys.signingKey.id)] : fields,
  };
}

/**
 * Checks an optimistic lock.
 *
 * @param etag the etag the caller saw; empty for any
 * @throws ApiError etagMismatch
 */
export function requireEtag(current: Target, etag: string): void {
  if (etag !== "" && etag !== etagOf(current)) throw new ApiError("etagMismatch");
}

/** @throws InvalidFields when the endpoint may not be called */
export function allowEndpoint(endpoint: string, denyEndpoint: DenyEndpoint): void {
  const reason = denyEndpoint(endpoint);
  if (reason !== undefined) {
    throw new InvalidFields([{ field: "endpoint", description: reason, kind: "denied" }]);
  }
}

const settingsFields = Object.keys(protoNames) as SettingsField[];

function nextSettings(current: TargetSettings, command: UpdateCommand): TargetSettings {
  const merged: TargetSettings = { ...current, ...command.patch };
  const type = command.interrupt ? withFlag(current, command.interrupt) : merged.type;
  const headers = command.patch.headers
    ? keepEmptyHeaders(current.headers, command.patch.headers)
    : merged.headers;
  return { ...merged, type, headers };
}

function withFlag(current: TargetSettings, interrupt: InterruptChange): TargetSettings["type"] {
  if (current.type.kind === interrupt.kind) return interrupt;
  const description = "the target is of another type; name the type as a whole to change it";
  throw new InvalidFields([{ field: "target_type", description }]);
}

/** Values are write-only, so an empty one stands for the stored one (contract.md section 3). */
function keepEmptyHeaders(
  current: ReadonlyMap<string, string>,
  given: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const unknown = [...given].filter(([name, value]) => value === "" && !current.has(name));
  if (unknown.length > 0) {
    const description = "has no stored value to keep; give one";
    throw new InvalidFields(unknown.map(([name]) => ({ field: headerField(name), description })));
  }
  return new Map([...given].map(([name, value]) => [name, value || (current.get(name) ?? "")]));
}

function changedFields(old: TargetSettings, next: TargetSettings): readonly FieldChange[] {
  return settingsFields
    .filter((field) => !isDeepStrictEqual(old[field], next[field]))
    .map((field) => ({
      field: protoNames[field],
      old: historyValue(old, field),
      new: historyValue(next, field),
    }));
}

/** History shows of headers only their names, everything else as it is. */
function historyValue(settings: TargetSettings, field: SettingsField): unknown {
  if (field === "headers") return [...settings.headers.keys()].sort();
  return settings[field] ?? null;
}

/** History shows of a key only its id. */
function keyChange(current: Target, newId: string): FieldChange {
  return { field: "signing_key", old: current.signingKey.id, new: newId };
}
