/** From the flags of update to new values and the mask that names them (contract.md section 4). */
import { CliError } from "../cli-error.ts";
import { exitCodes } from "../exit-codes.ts";
import { type FieldFlags, type Fields, fieldsFrom, targetType } from "./field-flags.ts";
import { type TypeWord, targetTypes } from "./values.ts";

/** The words for fields that have a default to go back to, with their mask paths. */
export const clearable = {
  payload: "payload_type",
  header: "headers",
  "delivery-policy": "delivery_policy",
  disabled: "disabled",
  ordered: "ordered",
} as const;

export type Clearable = keyof typeof clearable;

export interface ChangeFlags extends FieldFlags {
  readonly clear?: readonly Clearable[];
}

/** New values, and the mask: every changed field, those that are cleared included. */
export interface Change {
  readonly fields: Fields;
  readonly paths: readonly string[];
}

/** Mask paths of the fields whose path does not depend on the value. */
const pathByField = {
  name: "name",
  timeout: "timeout",
  endpoint: "endpoint",
  payloadType: "payload_type",
  headers: "headers",
  disabled: "disabled",
  ordered: "ordered",
} as const;

/**
 * What the flags change, apart from --interrupt-on-error without --type.
 *
 * @throws CliError usage when they change nothing, or set and clear the same field
 */
export function changeFrom(flags: ChangeFlags): Change {
  const fields = fieldsFrom(flags);
  const set: string[] = [];
  for (const [field, path] of Object.entries(pathByField)) if (field in fields) set.push(path);
  if (flags.type !== undefined) set.push(targetTypes[flags.type].path);
  const cleared = (flags.clear ?? []).map((word) => clearable[word]);
  const both = (flags.clear ?? []).find((word) => set.includes(clearable[word]));
  if (both !== undefined) {
    throw new CliError(exitCodes.usage, `--clear ${both} and a new value exclude each other`);
  }
  const paths = [...new Set([...set, ...cleared])];
  if (paths.length === 0 && flags.interruptOnError === undefined) {
    throw new CliError(exitCodes.usage, "nothing to change: give at least one field or --clear");
  }
  return { fields, paths };
}

/**
 * What changes interrupt_on_error alone.
 *
 * @param type the target's current type
 * @throws CliError usage when that type has no such setting
 */
export function interruptionOf(type: TypeWord | "" | undefined, on: boolean): Change {
  if (type !== "webhook" && type !== "call") {
    throw new CliError(exitCodes.usage, "only targets of type webhook or call can interrupt", {
      hint: "give --type as well to change the type",
    });
  }
  const paths = [`${targetTypes[type].path}.interrupt_on_error`];
  return { fields: { targetType: targetType(type, on) }, paths };
}
