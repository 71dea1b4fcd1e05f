/** Fields named by dotted paths, as in path templates and query parameters. */
import type { DescField, DescMessage } from "@bufbuild/protobuf";

/** A field inside a message: every field on the way to it, itself last. */
export type FieldPath = readonly [DescField, ...DescField[]];

/** Finds a field by its proto or its JSON name. */
export function fieldByName(desc: DescMessage, name: string): DescField | undefined {
  return fieldsByName(desc).get(name);
}

/** Finds a nested field; every field but the last must be a singular message. */
export function resolveFieldPath(
  desc: DescMessage,
  names: readonly string[],
): FieldPath | undefined {
  const [name, ...rest] = names;
  const field = name === undefined ? undefined : fieldByName(desc, name);
  if (field === undefined) return undefined;
  if (rest.length === 0) return [field];
  const below = field.fieldKind === "message" ? resolveFieldPath(field.message, rest) : undefined;
  return below && [field, ...below];
}

/** The path in proto spelling. */
export function protoPath(path: readonly DescField[]): string {
  return path.map((field) => field.name).join(".");
}

const cache = new WeakMap<DescMessage, ReadonlyMap<string, DescField>>();

/** Every field by its proto and its JSON name. */
export function fieldsByName(desc: DescMessage): ReadonlyMap<string, DescField> {
  const known = cache.get(desc);
  if (known !== undefined) return known;
  const fields = new Map<string, DescField>();
  for (const field of desc.fields) fields.set(field.name, field).set(field.jsonName, field);
  cache.set(desc, fields);
  return fields;
}
