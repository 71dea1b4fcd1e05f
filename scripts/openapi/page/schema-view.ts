/** JSON Schemas for people. */
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { type Html, html, markdown } from "./html.ts";

const refPrefix = "#/components/schemas/";

/** The members of an object in JSON; none where it is something else. */
export function membersOf(
  value: JsonValue | undefined,
): readonly (readonly [string, JsonObject])[] {
  return Object.entries(objectOf(value)).map(([name, member]) => [name, objectOf(member)] as const);
}

export function objectOf(value: JsonValue | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

export function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

/** Where a schema is on the page. */
export function schemaAnchor(name: string): string {
  return `schema-${name}`;
}

/** The name of the component that a schema refers to; empty when it refers to none. */
export function componentOf({ $ref }: JsonObject): string {
  return typeof $ref === "string" ? $ref.slice(refPrefix.length) : "";
}

/** A schema in one line: its type, or a link to it. */
export function typeOf(schema: JsonObject): Html {
  const { type, items, additionalProperties, format } = schema;
  const alternatives = listOf(schema.anyOf ?? schema.oneOf).map(objectOf);
  const component = componentOf(schema);
  if (component !== "") return reference(component);
  if (alternatives.length > 0) {
    const [first, ...more] = alternatives.map(typeOf);
    return html`${first}${more.map((each) => html` or ${each}`)}`;
  }
  if (type === "array") return html`list of ${typeOf(objectOf(items))}`;
  if (additionalProperties !== undefined) {
    return html`map of ${typeOf(objectOf(additionalProperties))}`;
  }
  const shown = schema.contentEncoding ?? (format === "password" ? "secret" : format);
  const name = typeof type === "string" ? type : "any JSON";
  return shown === undefined ? html`${name}` : html`${name} (${String(shown)})`;
}

function reference(name: string): Html {
  const short = name.slice(name.lastIndexOf(".") + 1);
  return html`<a href="#${schemaAnchor(name)}" title="${name}">${short}</a>`;
}

const limitWords: readonly (readonly [keyword: string, words: string])[] = [
  ["minLength", "length at least"],
  ["maxLength", "length at most"],
  ["minItems", "items at least"],
  ["maxItems", "items at most"],
  ["maxProperties", "entries at most"],
  ["minimum", "at least"],
  ["maximum", "at most"],
  ["x-minimum", "at least"],
  ["x-exclusive-minimum", "more than"],
  ["x-maximum", "at most"],
  ["pattern", "pattern"],
  ["const", "always"],
];

/** What values must keep to, those of elements included. */
export function limitsOf(schema: JsonObject): Html {
  const own = limitWords.flatMap(([keyword, words]) => {
    const value = schema[keyword];
    return value === undefined ? [] : [html`${words} <code>${String(value)}</code>`];
  });
  const items = schema.type === "array" ? limitsOf(objectOf(schema.items)) : undefined;
  const each = items === undefined || items.text === "" ? [] : [html`each: ${items}`];
  const hints = [
    ...(schema.writeOnly === true ? [html`write-only`] : []),
    ...(schema.readOnly === true ? [html`read-only`] : []),
  ];
  return joined([...own, ...each, ...hints]);
}

function joined(parts: readonly Html[]): Html {
  return html`${parts.map((part, index) => (index === 0 ? part : html`, ${part}`))}`;
}

/** The whole of a schema: its members, or its values. */
export function schemaBody(schema: JsonObject): Html {
  const values = listOf(schema.enum);
  const required = new Set(listOf(schema.required));
  const choices = [schema, ...listOf(schema.allOf).map(objectOf)].flatMap(choiceOf);
  const rows = membersOf(schema.properties).map(([name, member]) =>
    row(name, member, required.has(name)),
  );
  return html`${markdown(schema.description)}${choices}${
    rows.length === 0 ? [] : [html`<dl class="members">${rows}</dl>`]
  }${values.length === 0 ? [] : [html`<p>Values: ${joined(values.map((value) => html`<code>${String(value)}</code>`))}</p>`]}`;
}

/** One member with its comment. */
export function row(name: string, schema: JsonObject, required: boolean): Html {
  const limits = limitsOf(objectOf(listOf(schema.anyOf)[0] ?? schema));
  const text = schema.description ?? objectOf(listOf(schema.anyOf)[0]).description;
  const mark = required ? html` <strong>required</strong>` : undefined;
  return html`<dt><code>${name}</code> <span class="type">${typeOf(schema)}</span>${mark}</dt>
<dd>${markdown(text)}${limits.text === "" ? undefined : html`<p class="limits">${limits}</p>`}</dd>
`;
}

/** Which members exclude each other. */
function choiceOf(schema: JsonObject): Html[] {
  const branches = listOf(schema.oneOf).map(objectOf);
  const names = branches.flatMap(({ required }) => listOf(required));
  if (names.length === 0) return [];
  const words = branches.some(({ not }) => not !== undefined) ? "At most one of" : "Exactly one of";
  const codes = names.map((name) => html`<code>${String(name)}</code>`);
  return [html`<p>${words} ${joined(codes)}.</p>`];
}
