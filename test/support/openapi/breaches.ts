/** Requests that break the document in one place each. */
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { listOf, objectOf } from "./document.ts";
import { resolved } from "./schemas.ts";

/** A body that a schema refuses. */
export interface Breach {
  /** Which rule of which member is broken, for instance "timeout x-maximum". */
  readonly what: string;
  /** The member, in proto spelling; empty where it is about several. */
  readonly field: string;
  readonly body: JsonObject;
}

/** How deep messages in messages are looked into. */
const deepest = 3;

/** @param body one that fits the schema */
export function breachesOf(
  document: JsonObject,
  schema: JsonObject,
  body: JsonObject,
): readonly Breach[] {
  return [...ofObject(document, schema, body, deepest)];
}

function* ofObject(
  document: JsonObject,
  reference: JsonObject,
  body: JsonObject,
  depth: number,
): Iterable<Breach> {
  const schema = resolved(document, reference);
  for (const name of listOf(schema.required).map(String)) {
    const { [name]: _, ...rest } = body;
    yield { what: `${name} required`, field: snake(name), body: rest };
  }
  yield* ofChoices(schema, body);
  for (const [name, member] of Object.entries(objectOf(schema.properties))) {
    const put = (value: JsonValue) => ({ ...withoutRivals(schema, body, name), [name]: value });
    const own = objectOf(member);
    for (const [rule, value] of brokenValues(document, own)) {
      yield { what: `${name} ${rule}`, field: snake(name), body: put(value) };
    }
    const inner = resolved(document, own);
    if (depth === 0 || inner.properties === undefined) continue;
    const given = body[name] === undefined ? {} : objectOf(body[name]);
    for (const breach of ofObject(document, own, given, depth - 1)) {
      // What else is missing in there must not be what is refused.
      if (body[name] === undefined && breach.what.endsWith(" required")) continue;
      yield { ...breach, what: `${name}.${breach.what}`, body: put(breach.body) };
    }
  }
}

/** The body without the members that exclude one. */
function withoutRivals(schema: JsonObject, body: JsonObject, name: string): JsonObject {
  const rivals = choicesOf(schema).find(({ names }) => names.includes(name))?.names ?? [];
  return Object.fromEntries(Object.entries(body).filter(([key]) => !rivals.includes(key)));
}

interface Choice {
  readonly names: readonly string[];
  readonly needed: boolean;
}

/** The members of which only one may be given. */
function choicesOf(schema: JsonObject): readonly Choice[] {
  return [schema, ...listOf(schema.allOf).map(objectOf)].flatMap(({ oneOf }) => {
    const branches = listOf(oneOf).map(objectOf);
    const names = branches.flatMap(({ required }) => listOf(required).map(String));
    const needed = branches.every(({ not }) => not === undefined);
    return names.length === 0 ? [] : [{ names, needed }];
  });
}

/** None where one is needed, and two where one may be. */
function* ofChoices(schema: JsonObject, body: JsonObject): Iterable<Breach> {
  for (const { names, needed } of choicesOf(schema)) {
    const [first = "", second = ""] = names;
    const rest = withoutRivals(schema, body, first);
    if (needed) yield { what: `${names} none`, field: "", body: rest };
    const members = [first, second].map((name) => objectOf(objectOf(schema.properties)[name]));
    if (members.some(({ $ref }) => $ref === undefined)) continue;
    yield { what: `${names} two`, field: "", body: { ...rest, [first]: {}, [second]: {} } };
  }
}

type Broken = readonly [rule: string, value: JsonValue];

/** Values that a member refuses, with the rule that each breaks. */
function* brokenValues(document: JsonObject, member: JsonObject): Iterable<Broken> {
  const schema = { ...resolved(document, member), ...limitsBeside(member) };
  const { type, enum: values } = schema;
  if (values !== undefined) yield ["enum", "NO_SUCH_VALUE"];
  else if (type === "string") yield* texts(schema);
  else if (type === "integer") yield* numbers(schema);
  else if (type === "boolean") {
    yield ["type", "perhaps"];
    if (schema.const === true) yield ["const", false];
  } else if (type === "array") yield* lists(document, schema);
  else if (type === "object") yield* objects(schema);
}

/** Of a member that is a reference with more beside it. */
function limitsBeside({ $ref: _, anyOf: _any, ...beside }: JsonObject): JsonObject {
  return beside;
}

function* texts(schema: JsonObject): Iterable<Broken> {
  const { minLength, maxLength, pattern, format, contentEncoding } = schema;
  yield ["type", 5.5];
  if (typeof minLength === "number" && minLength > 0) yield ["minLength", ""];
  if (typeof maxLength === "number") {
    const unit = contentEncoding === "base64" ? 4 : 1;
    yield ["maxLength", "A".repeat(maxLength + unit)];
  }
  if (pattern !== undefined) yield ["pattern", "_?"];
  if (format === "uuid" || format === "date-time") yield [`format ${format}`, "soon"];
  if (contentEncoding !== undefined) yield ["contentEncoding", "%"];
  const [exclusive, least, most] = ["x-exclusive-minimum", "x-minimum", "x-maximum"].map((key) =>
    Number.parseInt(String(schema[key]), 10),
  );
  if (exclusive !== undefined && exclusive >= 0) yield ["x-exclusive-minimum", `${exclusive}s`];
  if (least !== undefined && least >= 0) yield ["x-minimum", `${least - 1}s`];
  if (most !== undefined && most >= 0) yield ["x-maximum", `${most}.000000001s`];
}

function* numbers({ minimum, maximum }: JsonObject): Iterable<Broken> {
  yield ["type", 1.5];
  if (typeof minimum === "number") yield ["minimum", minimum - 1];
  if (typeof maximum === "number") yield ["maximum", maximum + 1];
}

function* lists(document: JsonObject, { items, minItems, maxItems }: JsonObject): Iterable<Broken> {
  yield ["type", "none"];
  if (minItems !== undefined) yield ["minItems", []];
  const each = objectOf(items);
  if (typeof maxItems === "number") {
    const item = resolved(document, each).type === "object" ? {} : "1s";
    yield ["maxItems", Array.from({ length: maxItems + 1 }, () => item)];
  }
  for (const [rule, value] of brokenValues(document, each)) yield [`items ${rule}`, [value]];
}

function* objects({ additionalProperties, maxProperties }: JsonObject): Iterable<Broken> {
  yield ["type", "none"];
  if (typeof maxProperties !== "number") return;
  const value = objectOf(additionalProperties).type === "string" ? "a" : {};
  const keys = Array.from({ length: maxProperties + 1 }, (_, index) => `x-${index}`);
  yield ["maxProperties", Object.fromEntries(keys.map((key) => [key, value]))];
}

function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
