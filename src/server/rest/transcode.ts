/** Makes the request message of an HTTP request, and the JSON answer of a response message. */
import {
  create,
  type DescMessage,
  fromJson,
  type JsonObject,
  type JsonValue,
  type Message,
  type Registry,
  toJson,
} from "@bufbuild/protobuf";
import { ApiError } from "../../errors/api-error.ts";
import { parseStrictJson } from "../../json/strict-json.ts";
import { invalidArgument } from "../../rpc/validate.ts";
import { applyIfMatch } from "./etag.ts";
import { fieldsByName } from "./field-path.ts";
import { checkShape, isObject, malformed } from "./json-shape.ts";
import { jsonWriter } from "./json-writer.ts";
import { replaceOlderJson } from "./older-json.ts";
import { applyPath, applyQuery } from "./params.ts";
import { maskDeriver } from "./patch-mask.ts";
import type { Route } from "./routes.ts";
import { textFieldReader } from "./text-fields.ts";

/** The parts of an HTTP request that make the message. */
export interface RestRequest {
  /** Raw segments of the path. */
  readonly segments: readonly string[];
  /** Without "?". */
  readonly query: string;
  /** The If-Match header. */
  readonly ifMatch: string | undefined;
  /** The inflated body; empty where the route takes none, DELETE aside. */
  readonly body: Uint8Array;
}

/**
 * Compiles the decoder of a route. It throws ApiError malformed for what cannot be read and
 * invalidArgument for parameters in the wrong place, and nothing else.
 */
export function requestDecoder(route: Route): (request: RestRequest) => Message {
  const { input } = route.entry.method;
  const mask = maskDeriver(route);
  const readTexts = textFieldReader(route, mask);
  return (request) => {
    if (request.query === "" && request.ifMatch === undefined) {
      const message = readTexts?.(request.body, request.segments);
      if (message !== undefined) return message;
    }
    const json = bodyJson(route, request.body);
    applyQuery(route, request.query, json);
    const paths = mask?.paths(json) ?? [];
    applyPath(route, request.segments, json);
    applyIfMatch(input, request.ifMatch, json);
    replaceOlderJson(input, json);
    const message = messageFromJson(input, json);
    mask?.set(message, paths);
    return message;
  };
}

/** The request as far as the body gives it. An empty body is the empty message. */
function bodyJson({ body, entry }: Route, bytes: Uint8Array): JsonObject {
  const value = bytes.length === 0 ? undefined : parseStrictJson(bytes);
  if (value === undefined) return {};
  if (typeof body !== "string") return { [body.jsonName]: value };
  if (!isObject(value)) throw malformed([{ field: "", description: "must be an object" }]);
  if (body === "message") return value;
  refuseFields(entry.method.input, value);
  return {};
}

/** Where the route takes no body, fields of the request in it would be lost. */
function refuseFields(input: DescMessage, json: JsonObject): void {
  const fields = fieldsByName(input);
  const names = Object.keys(json).flatMap((key) => fields.get(key)?.name ?? []);
  const description = "belongs in the path or the query, as this method takes no body";
  const violations = names.map((field) => ({ field, description }));
  if (violations.length > 0) throw invalidArgument(input, violations);
}

const readOptions = { ignoreUnknownFields: true };

/**
 * Reads a message. Members that are null are removed from the object.
 *
 * @param types that google.protobuf.Any may hold; it cannot be given without
 * @throws ApiError malformed with every mistake
 */
export function messageFromJson(schema: DescMessage, json: JsonObject, types?: Registry): Message {
  checkShape(schema, json);
  // fromJson agrees with checkShape; where it does not, its texts must not reach the caller.
  try {
    const options = types === undefined ? readOptions : { ...readOptions, registry: types };
    return fromJson(schema, json, options);
  } catch (cause) {
    throw new ApiError("malformed", { detail: `the body is no ${schema.name}`, cause });
  }
}

/** Compiles the encoder of a route: enums by name, fields with no value left out. */
export function responseEncoder(route: Route): (message: Message) => string {
  const { output } = route.entry.method;
  const { responseBody } = route;
  if (responseBody === undefined) return jsonWriter(output);
  const empty = toJson(output, create(output), { alwaysEmitImplicit: true }) as JsonObject;
  const { jsonName } = responseBody;
  return (message) => {
    const json = toJson(output, message) as JsonObject;
    const value: JsonValue = json[jsonName] ?? empty[jsonName] ?? null;
    return JSON.stringify(value);
  };
}
