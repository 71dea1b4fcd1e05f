/**
 * Reads the usual body at a fraction of the cost: an object of plain texts, as an update of a name or an
 * endpoint has. It only accepts: what it does not take may still be a proper body.
 */
import { create, type DescField, type Message, ScalarType } from "@bufbuild/protobuf";
import { fieldsByName } from "./field-path.ts";
import type { MaskDeriver } from "./patch-mask.ts";
import type { Route } from "./routes.ts";

/** Reads a request without query and If-Match; undefined leaves it to the others. */
export type ReadTextFields = (body: Uint8Array, segments: readonly string[]) => Message | undefined;

/** Longest body that is looked at, in bytes. */
const longest = 4096;

/** A member whose value is ASCII without escapes, and what follows it. */
const member = /[ \t\r\n]*"([A-Za-z_]+)"[ \t\r\n]*:[ \t\r\n]*"([ !#-[\]-~]*)"[ \t\r\n]*([,}])/y;

/** What is around the members. */
const begin = /^[ \t\r\n]*\{/;
const rest = /[ \t\r\n]*$/y;

/** @returns undefined for a route whose requests are never read in this way */
export function textFieldReader(
  route: Route,
  mask: MaskDeriver | undefined,
): ReadTextFields | undefined {
  const { entry, body, variables } = route;
  const fits = variables.every(
    ({ field, start, end }) => field.length === 1 && end === start + 1 && isText(field[0]),
  );
  if (body !== "message" || !fits) return undefined;
  const { input } = entry.method;
  const bound: ReadonlySet<DescField> = new Set(variables.map(({ field }) => field[0]));
  const fields = new Map(
    [...fieldsByName(input)].filter(([, field]) => isText(field) && !bound.has(field)),
  );
  return (bytes, segments) => {
    const given = membersOf(bytes, fields);
    if (given === undefined) return undefined;
    const message = create(input);
    const values = message as unknown as Record<string, unknown>;
    for (const [{ localName }, value] of given) values[localName] = value;
    for (const { field, start } of variables) {
      const value = segments[start] ?? "";
      if (value.includes("%")) return undefined;
      values[field[0].localName] = value;
    }
    mask?.set(message, mask.pathsOf([...given.keys()]));
    return message;
  };
}

function isText(field: DescField): boolean {
  return field.scalar === ScalarType.STRING && field.fieldKind === "scalar" && !field.oneof;
}

function membersOf(
  bytes: Uint8Array,
  fields: ReadonlyMap<string, DescField>,
): ReadonlyMap<DescField, string> | undefined {
  if (bytes.length > longest) return undefined;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  const given = new Map<DescField, string>();
  member.lastIndex = begin.exec(text)?.[0].length ?? text.length;
  for (let next: string | undefined = ","; next === ","; ) {
    const [, name = "", value = "", end] = member.exec(text) ?? [];
    const field = fields.get(name);
    if (field === undefined || given.has(field)) return undefined;
    given.set(field, value);
    next = end;
  }
  rest.lastIndex = member.lastIndex;
  return rest.test(text) ? given : undefined;
}
