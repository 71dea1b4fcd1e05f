/** The schemas of the document, compiled by a validator of JSON Schema 2020-12. */
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import type { ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { listOf, objectOf } from "./document.ts";

const prefix = "#/components/schemas/";

/** Says what is wrong with a value; empty when it fits. */
export type Check = (schema: JsonObject, value: unknown) => readonly string[];

/**
 * Compiles the components.
 *
 * @param closed true refuses members that a schema does not name, as the server's answers have none
 */
export function schemaCheck(document: JsonObject, closed: boolean): Check {
  // What it does not know is a mistake of the document.
  const ajv = new Ajv2020({
    strict: true,
    strictTypes: false,
    strictRequired: false,
    allErrors: true,
  });
  addFormats.default(ajv);
  for (const format of ["uint64", "password"]) ajv.addFormat(format, true);
  ajv.addVocabulary(["x-minimum", "x-exclusive-minimum", "x-maximum"]);
  const prepare = (schema: JsonObject) => objectOf(prepared(schema, closed));
  for (const [name, schema] of Object.entries(objectOf(objectOf(document.components).schemas))) {
    ajv.addSchema(prepare(objectOf(schema)), `schema:${name}`);
  }
  const compiled = new WeakMap<JsonObject, ValidateFunction>();
  return (schema, value) => {
    const check = compiled.get(schema) ?? ajv.compile(prepare(schema));
    compiled.set(schema, check);
    if (check(value)) return [];
    return (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
}

/** A schema whose references are names, not places. */
function prepared(value: JsonValue, closed: boolean): JsonValue {
  if (Array.isArray(value)) return value.map((each) => prepared(each, closed));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, each]): [string, JsonValue] => {
    const isRef = key === "$ref" && typeof each === "string";
    return [key, isRef ? each.replace(prefix, "schema:") : prepared(each, closed)];
  });
  const isObject = value.type === "object" && value.properties !== undefined;
  return {
    ...(closed && isObject ? { additionalProperties: false } : {}),
    ...Object.fromEntries(entries),
  };
}

/** Follows references and looks into what may also be null. */
export function resolved(document: JsonObject, schema: JsonObject): JsonObject {
  const { $ref, anyOf } = schema;
  if (typeof $ref === "string") {
    const { [$ref.slice(prefix.length)]: found } = objectOf(objectOf(document.components).schemas);
    return resolved(document, objectOf(found));
  }
  return anyOf === undefined ? schema : resolved(document, objectOf(listOf(anyOf)[0]));
}
