/**
 * What an update does to a target (contract.md section 4): pure, from the current target to the
 * next one and to what history keeps.
 */
import { isDeepStrictEqual } from "node:util";
import { ApiError, type Violation } from "../errors/api-error.ts";
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
  const mistakes = stateMistakes(current.settings, command, denyEndpoint);
  if (mistakes.length > 0) throw new InvalidFields(mistakes);
  const settings = nextSettings(current.settings, command);
  const fields = changedFields(current.settings, settings);
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

/** The mistake of an endpoint that may not be called, if it is one. */
export function deniedEndpoint(endpoint: string, denyEndpoint: DenyEndpoint): Violation[] {
  const description = denyEndpoint(endpoint);
  return description === undefined ? [] : [{ field: "endpoint", description, kind: "denied" }];
}

const settingsFields = Object.keys(protoNames) as SettingsField[];

/** The mistakes that show only against the current settings, all of them. */
function stateMistakes(
  current: TargetSettings,
  { patch, interrupt }: UpdateCommand,
  denyEndpoint: DenyEndpoint,
): Violation[] {
  const { endpoint = current.endpoint, headers = none } = patch;
  const mistakes: Violation[] = [];
  if (interrupt !== undefined && interrupt.kind !== current.type.kind) {
    mistakes.push({ field: "target_type", description: ofAnotherType });
  }
  if (endpoint !== current.endpoint) mistakes.push(...deniedEndpoint(endpoint, denyEndpoint));
  for (const [name, value] of headers) {
    const hasNoValue = value === "" && !current.headers.has(name);
    if (hasNoValue) mistakes.push({ field: headerField(name), description: nothingToKeep });
  }
  return mistakes;
}

const none: ReadonlyMap<string, string> = new Map();
const ofAnotherType = "the target is of another type; name the type as a whole to change it";
const nothingToKeep = "has no stored value to keep; give one";

function nextSettings(
  current: TargetSettings,
  { patch, interrupt }: UpdateCommand,
): TargetSettings {
  const { type = current.type } = patch;
  const headers = patch.headers ? filledHeaders(current.headers, patch.headers) : current.headers;
  return { ...current, ...patch, type: interrupt ?? type, headers };
}

/** Values are write-only, so an empty one stands for the stored one (contract.md section 3). */
function filledHeaders(
  current: ReadonlyMap<string, string>,
  given: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  return new Map([...given].map(([name, value]) => [name, value || (current.get(name) ?? "")]));
}

function changedFields(old: TargetSettings, next: TargetSettings): readonly FieldChange[] {
  return settingsFields
    .filter((field) => old[field] !== next[field] && !isDeepStrictEqual(old[field], next[field]))
    .map((field) => ({
      field: protoNames[field],
      old: historyValue(old, field),
      new: historyValue(next, field),
    }));
}

/**
 * What history tells of a new target: its settings, besides those that are off or empty, the id of its
 * signing key, and its end if it is temporary.
 */
export function creationFields(target: Target): readonly FieldChange[] {
  const { settings, signingKey, expiresAt } = target;
  const set = settingsFields.flatMap((field): FieldChange[] => {
    const value = historyValue(settings, field);
    const isEmpty = value === null || value === false || (Array.isArray(value) && !value.length);
    return isEmpty ? [] : [{ field: protoNames[field], old: null, new: value }];
  });
  const expiration = expiresAt && new Date(expiresAt / 1000).toISOString();
  return [
    ...set,
    { field: "signing_key", old: null, new: signingKey.id },
    ...(expiration ? [{ field: "expiration_date", old: null, new: expiration }] : []),
  ];
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
