/** Operations that are no methods and need no credential. */
import type { JsonObject } from "@bufbuild/protobuf";
import { restError } from "./error-schema.ts";
import type { Operation } from "./operations.ts";
import { jsonResponse } from "./responses.ts";

/** Their tag. */
export const plainTag = "Server";

const state = (text: string): JsonObject => ({
  type: "object",
  properties: { status: { const: text } },
  required: ["status"],
});

const keySet: JsonObject = {
  type: "object",
  description: "A JSON Web Key Set (RFC 7517).",
  properties: {
    keys: {
      type: "array",
      items: {
        type: "object",
        properties: { kty: { type: "string" }, kid: { type: "string" }, alg: { type: "string" } },
        required: ["kty", "kid", "alg"],
        // What else there is depends on the type of the key.
        additionalProperties: { type: "string" },
      },
    },
  },
  required: ["keys"],
};

const error: JsonObject = { $ref: `#/components/schemas/${restError}` };

const instance: JsonObject = {
  ...{ name: "instance", in: "path", required: true, example: "default" },
  description: "Id of the instance.",
  schema: { type: "string", minLength: 1 },
};

interface PlainText {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
}

function plain(
  path: string,
  text: PlainText,
  responses: JsonObject,
  parameters: JsonObject[] = [],
): Operation {
  const operation: JsonObject = {
    ...text,
    tags: [plainTag],
    ...(parameters.length === 0 ? {} : { parameters }),
    responses: { ...responses, default: jsonResponse("An error.", error) },
    security: [],
  };
  return { path, verb: "get", operation };
}

export const plainOperations: readonly Operation[] = [
  plain(
    "/healthz",
    { operationId: "Server_Health", summary: "Tells that the process is alive" },
    { 200: jsonResponse("It is.", state("alive")) },
  ),
  plain(
    "/readyz",
    { operationId: "Server_Ready", summary: "Tells whether the server should get traffic" },
    {
      200: jsonResponse("It should.", state("ready")),
      503: jsonResponse(
        "The store cannot be reached, or the server is about to stop.",
        state("not ready"),
      ),
    },
  ),
  plain(
    "/oauth/v2/keys",
    {
      operationId: "Server_DefaultKeys",
      summary: "Returns the keys that verify JWT payloads of the default instance",
    },
    { 200: jsonResponse("The keys.", keySet) },
  ),
  plain(
    "/instances/{instance}/keys",
    {
      operationId: "Server_Keys",
      summary: "Returns the keys that verify JWT payloads of an instance",
    },
    {
      200: jsonResponse("The keys.", keySet),
      404: jsonResponse("`NOT_FOUND`: No such instance.", error),
    },
    [instance],
  ),
];
