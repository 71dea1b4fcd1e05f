/**
 * Field masks of UpdateTarget (contract.md section 4, AIP-134, AIP-161): which settings a list of
 * paths names, and what becomes of a named setting that the request does not hold.
 */
import type { Violation } from "../errors/api-error.ts";
import type { TargetKind, TargetSettings } from "./target.ts";

export type SettingsField = keyof TargetSettings;

/** Values for some settings. A key that is there counts as given, whatever its value. */
export type SomeSettings = Partial<TargetSettings>;

/** A change of the flag alone, which needs the target to be of that type already. */
export interface InterruptChange {
  readonly kind: TargetKind;
  readonly interruptOnError: boolean;
}

/** What a mask names. */
export interface MaskSelection {
  readonly fields: ReadonlySet<SettingsField>;
  /** Set when only the flag of this type is named. */
  readonly interruptOf: TargetKind | undefined;
}

/** Most paths a mask may have. */
export const maxMaskPaths = 100;

const plainPaths: ReadonlyMap<string, SettingsField> = new Map<string, SettingsField>([
  ["name", "name"],
  ["timeout", "timeout"],
  ["endpoint", "endpoint"],
  ["payload_type", "payloadType"],
  ["headers", "headers"],
  ["delivery_policy", "deliveryPolicy"],
  ["disabled", "disabled"],
  ["ordered", "ordered"],
]);

const typePaths: ReadonlyMap<string, TargetKind> = new Map<string, TargetKind>([
  ["rest_webhook", "restWebhook"],
  ["rest_call", "restCall"],
  ["rest_async", "restAsync"],
]);

const interruptPaths: ReadonlyMap<string, TargetKind> = new Map<string, TargetKind>([
  ["rest_webhook.interrupt_on_error", "restWebhook"],
  ["rest_call.interrupt_on_error", "restCall"],
]);

/** Fields of Target that only the server sets; naming them, or what is in them, has no effect. */
const outputOnlyFields: ReadonlySet<string> = new Set([
  "id",
  "creation_date",
  "change_date",
  "etag",
  "signing_key",
  "signing_key_id",
  "expiration_date",
  "previous_signing_keys",
]);

/** Names that the JSON of a mask can spell; targets could not be told of others. */
const pathForm = /^[a-z]+(_[a-z]+)*(\.[a-z]+(_[a-z]+)*)*$/;

/** What a request sets that its mask may name: its type, and whether it asks for a rotation. */
export interface GivenType {
  readonly kind: TargetKind | undefined;
  readonly rotates: boolean;
}

/** What a mask names, and its mistakes. */
export interface ReadMask {
  readonly selection: MaskSelection;
  readonly violations: readonly Violation[];
}

/** Rotation is a command: naming it is allowed where it is given and changes nothing. */
const rotationPath = "expiration_signing_key";

/**
 * Reads a mask.
 *
 * @param paths proto paths; at least one
 */
export function readMask(paths: readonly string[], given: GivenType): ReadMask {
  if (paths.length > maxMaskPaths) {
    return { selection: nothing, violations: [mistake(`has more than ${maxMaskPaths} paths`)] };
  }
  const all = paths.includes("*");
  const fields = new Set<SettingsField>();
  for (const [path, field] of plainPaths) if (all || paths.includes(path)) fields.add(field);
  // The usual mask, in which nothing can be wrong.
  if (paths.every((path) => plainPaths.has(path))) {
    return { selection: { fields, interruptOf: undefined }, violations: [] };
  }
  const named = new Set(paths);
  const violations = unknownPaths(named);
  if (named.has(rotationPath) && !given.rotates) {
    violations.push(mistake(`names ${rotationPath}, which is absent and cannot be cleared`));
  }
  const type = readType(named, given.kind);
  violations.push(...type.violations);
  if (type.whole) fields.add("type");
  return { selection: { fields, interruptOf: type.interruptOf }, violations };
}

/**
 * Takes from the given settings what the mask names; a named setting that is not given goes to its
 * default where it has one.
 */
export function select(
  given: SomeSettings,
  { fields, interruptOf }: MaskSelection,
): {
  readonly patch: SomeSettings;
  readonly interrupt: InterruptChange | undefined;
  readonly violations: readonly Violation[];
} {
  const violations: Violation[] = [];
  let patch: SomeSettings = {};
  for (const field of fields) {
    if (field in given) patch = { ...patch, [field]: given[field] };
    else if (field in clearedSettings) patch = { ...patch, [field]: clearedSettings[field] };
    else violations.push({ field: protoNames[field], description: cannotBeCleared });
  }
  const sameKind = interruptOf !== undefined && given.type?.kind === interruptOf;
  const interrupt = interruptOf && {
    kind: interruptOf,
    interruptOnError: sameKind ? given.type?.interruptOnError === true : false,
  };
  return { patch, interrupt, violations };
}

/** Proto names of the settings, as masks, violations and history spell them. */
export const protoNames: Readonly<Record<SettingsField, string>> = {
  name: "name",
  type: "target_type",
  timeout: "timeout",
  endpoint: "endpoint",
  payloadType: "payload_type",
  headers: "headers",
  deliveryPolicy: "delivery_policy",
  disabled: "disabled",
  ordered: "ordered",
};

/** Settings that can be cleared, and what they are then. */
export const clearedSettings: SomeSettings = {
  payloadType: "json",
  headers: new Map(),
  deliveryPolicy: undefined,
  disabled: false,
  ordered: false,
};

const cannotBeCleared = "is named without a value, and cannot be cleared";
const nothing: MaskSelection = { fields: new Set(), interruptOf: undefined };

function mistake(description: string): Violation {
  return { field: "update_mask", description };
}

function unknownPaths(named: ReadonlySet<string>): Violation[] {
  return [...named].filter((path) => !isKnown(path)).map((path) => mistake(unknownText(path)));
}

function isKnown(path: string): boolean {
  if (path === "*" || path === "target_type" || path === rotationPath) return true;
  if (plainPaths.has(path) || typePaths.has(path)) return true;
  if (interruptPaths.has(path)) return true;
  return pathForm.test(path) && outputOnlyFields.has(path.split(".", 1)[0] ?? "");
}

function unknownText(path: string): string {
  return `names the unknown path ${JSON.stringify(path.slice(0, 60))}`;
}

interface NamedType {
  /** The type as a whole is named. */
  readonly whole: boolean;
  readonly interruptOf: TargetKind | undefined;
  readonly violations: readonly Violation[];
}

/** At most one member of target_type may be named, and it must be the one that is set. */
function readType(named: ReadonlySet<string>, set: TargetKind | undefined): NamedType {
  const whole = new Set<TargetKind>();
  for (const [path, kind] of typePaths) if (named.has(path)) whole.add(kind);
  const byAlias = named.has("*") || named.has("target_type");
  if (byAlias && set === undefined) {
    return { whole: false, interruptOf: undefined, violations: [typeMistake(cannotBeCleared)] };
  }
  if (byAlias && set !== undefined) whole.add(set);
  const flags = new Set<TargetKind>();
  for (const [path, kind] of interruptPaths) {
    if (named.has(path) && !whole.has(kind)) flags.add(kind);
  }
  const members = [...whole, ...flags];
  const wrong =
    members.length > 1 || (set !== undefined && members.some((member) => member !== set));
  if (wrong) {
    const text = "may be named by update_mask only with the one member that is set";
    return { whole: false, interruptOf: undefined, violations: [typeMistake(text)] };
  }
  return { whole: whole.size > 0, interruptOf: [...flags][0], violations: [] };
}

function typeMistake(description: string): Violation {
  return { field: "target_type", description };
}
