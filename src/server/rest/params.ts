/**
 * Puts path variables and query parameters into the JSON form of the request, so that they are
 * checked and decoded by the same code as the body.
 */
import {
  type DescField,
  type DescMessage,
  type JsonObject,
  type JsonValue,
  ScalarType,
} from "@bufbuild/protobuf";
import { isWrapperDesc } from "@bufbuild/protobuf/wkt";
import type { Violation } from "../../errors/api-error.ts";
import { invalidArgument } from "../../rpc/validate.ts";
import { type FieldPath, fieldByName, protoPath } from "./field-path.ts";
import { isObject, malformed } from "./json-shape.ts";
import { hasTextForm } from "./json-well-known.ts";
import { decodeQueryText, decodeSegment, decodeSegments } from "./raw-path.ts";
import type { BoundVariable, Route } from "./routes.ts";

/**
 * Sets the path variables; they override what the body has in their fields.
 *
 * @param segments raw segments of the path
 * @throws ApiError malformed for an invalid escape or a body that has no place for the field
 */
export function applyPath(route: Route, segments: readonly string[], json: JsonObject): void {
  for (const variable of route.variables) {
    const leaf = leafOf(variable.field);
    const holder = holderOf(json, variable.field);
    // To delete what is not there would make the object slow.
    if (Object.hasOwn(holder, leaf.name)) delete holder[leaf.name];
    holder[leaf.jsonName] = textToJson(leaf, captured(variable, segments));
  }
}

function captured({ start, end, name }: BoundVariable, segments: readonly string[]): string {
  if (end === start + 1) return decodeSegment(segments[start] ?? "", name);
  return decodeSegments(segments.slice(start, end).join("/"), name);
}

/**
 * Sets the query parameters. Unknown ones are ignored (contract.md section 8).
 *
 * @param query the query without "?"
 * @throws ApiError invalidArgument naming every parameter that belongs in the body, malformed naming
 *   every one that cannot be read
 */
export function applyQuery(route: Route, query: string, json: JsonObject): void {
  if (query === "") return;
  const { input } = route.entry.method;
  const parameters = readParameters(query, input);
  refuseBodyFields(route, input, parameters);
  const problems: Violation[] = [];
  for (const { field, path, values } of parameters.values()) {
    const problem = field === undefined ? unsettable : setValues(json, field, values);
    if (problem !== undefined) problems.push({ field: path, description: problem });
  }
  if (problems.length > 0) throw malformed(problems);
}

/** A query parameter that names a request field. */
interface Parameter {
  /** Proto spelling. */
  readonly path: string;
  readonly top: DescField;
  /** Undefined for a field that no text can set. */
  readonly field: FieldPath | undefined;
  readonly values: string[];
}

const unsettable = "cannot be set by a query parameter";

function readParameters(query: string, input: DescMessage): ReadonlyMap<string, Parameter> {
  const parameters = new Map<string, Parameter>();
  for (const pair of query.split("&")) {
    const equals = pair.indexOf("=");
    const name = decodeQueryText(equals < 0 ? pair : pair.slice(0, equals));
    const value = decodeQueryText(equals < 0 ? "" : pair.slice(equals + 1));
    const found = lookUp(input, name);
    if (found === undefined) continue;
    const known = parameters.get(found.path) ?? { ...found, values: [] };
    known.values.push(value);
    parameters.set(found.path, known);
  }
  return parameters;
}

/** Resolves "a.b", or "a[key]" for maps; undefined when it names no field. */
function lookUp(input: DescMessage, name: string): Omit<Parameter, "values"> | undefined {
  const path: DescField[] = [];
  let desc: DescMessage | undefined = input;
  for (const step of name.split(".")) {
    const [fieldName = "", key] = step.split("[", 2);
    const field: DescField | undefined = desc && fieldByName(desc, fieldName);
    if (field === undefined) return undefined;
    path.push(field);
    desc = field.message;
    if (field.fieldKind === "map" || key !== undefined) break;
  }
  const [top, ...below] = path;
  if (top === undefined) return undefined;
  const settable = path.slice(0, -1).every((field) => field.fieldKind === "message");
  const field: FieldPath | undefined =
    settable && hasText(below.at(-1) ?? top) ? [top, ...below] : undefined;
  return { path: protoPath(path), top, field };
}

function hasText(field: DescField): boolean {
  if (field.fieldKind === "map") return false;
  return field.message === undefined || hasTextForm(field.message);
}

function refuseBodyFields(
  route: Route,
  input: DescMessage,
  parameters: ReadonlyMap<string, Parameter>,
): void {
  const { body } = route;
  if (body === "none") return;
  const bound = new Set(route.variables.map(({ name }) => name));
  const violations = [...parameters.values()]
    .filter(({ top }) => body === "message" || top === body)
    .sort((a, b) => a.top.number - b.top.number)
    .map(({ path }) => ({
      field: path,
      description: `belongs in the ${bound.has(path) ? "path" : "body"}`,
    }));
  if (violations.length > 0) throw invalidArgument(input, violations);
}

/** Sets one parameter; gives back what is wrong with it. */
function setValues(
  json: JsonObject,
  path: FieldPath,
  texts: readonly string[],
): string | undefined {
  const leaf = leafOf(path);
  const values = texts.map((text) => textToJson(leaf, text));
  const [first, ...more] = values;
  if (first === undefined) return undefined;
  if (leaf.fieldKind === "list") holderOf(json, path)[leaf.jsonName] = values;
  else if (more.length > 0) return "is given more than once";
  else holderOf(json, path)[leaf.jsonName] = first;
  return undefined;
}

function leafOf(path: FieldPath): DescField {
  return path[path.length - 1] ?? path[0];
}

/** The object that holds the last field of a path; absent ones on the way are made. */
function holderOf(json: JsonObject, path: FieldPath): JsonObject {
  let holder = json;
  for (const field of path.slice(0, -1)) {
    const key = Object.hasOwn(holder, field.name) ? field.name : field.jsonName;
    const next = (Object.hasOwn(holder, key) ? holder[key] : null) ?? {};
    if (!isObject(next)) {
      throw malformed([{ field: protoPath(path), description: `has no place in ${field.name}` }]);
    }
    holder[key] = next;
    holder = next;
  }
  return holder;
}

/** The JSON form of a text; what does not fit the type stays a string and is refused later. */
function textToJson(field: DescField, text: string): JsonValue {
  const { message } = field;
  const scalar = message && isWrapperDesc(message) ? message.fields[0].scalar : field.scalar;
  if (scalar === ScalarType.BOOL && (text === "true" || text === "false")) return text === "true";
  if (field.enum !== undefined && /^-?\d{1,10}$/.test(text)) return Number(text);
  return text;
}
