/** How errors look: google.rpc.Status in JSON over REST, and the error of Connect (contract.md section 9). */
import type { JsonObject } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import { errorDomain } from "../../src/errors/to-wire.ts";

const text = { type: "string" };

/** All codes, OK aside. */
export const codes: readonly Code[] = Object.values(Code).filter(
  (code): code is Code => typeof code === "number",
);

/** The spelling of gRPC, for instance "NOT_FOUND". */
export function codeName(code: Code): string {
  return code === Code.Canceled ? "CANCELLED" : codeToString(code).toUpperCase();
}

/** A status detail as a component of its own. */
function detail(
  name: string,
  description: string,
  properties: JsonObject,
): readonly [string, JsonObject] {
  const type = { ...text, const: `type.googleapis.com/${name}` };
  return [
    name,
    {
      type: "object",
      description,
      properties: { "@type": type, ...properties },
      required: ["@type"],
    },
  ];
}

const violation = {
  type: "object",
  properties: {
    field: { ...text, description: "Path of the field in proto spelling; absent for the body." },
    description: { ...text, description: "What is wrong, naming the limit." },
  },
};

const details = [
  detail("zitadel.v1.ErrorDetail", "Names the error.", {
    id: { ...text, description: "Stable id of the error, safe to match on." },
    message: { ...text, description: "English text for people, which may change." },
  }),
  detail("google.rpc.ErrorInfo", "Names the kind of the error.", {
    reason: { ...text, description: "UPPER_SNAKE_CASE, safe to match on." },
    domain: { ...text, const: errorDomain },
    metadata: { type: "object", additionalProperties: text },
  }),
  detail("google.rpc.BadRequest", "Every mistake in the request.", {
    fieldViolations: { type: "array", items: violation },
  }),
  detail("google.rpc.RetryInfo", "When to try again.", {
    retryDelay: { ...text, pattern: "^[0-9]+s$" },
  }),
];

/** Component names of the two forms. */
export const restError = "Error";
export const connectError = "ConnectError";

export const errorSchemas: JsonObject = {
  ...Object.fromEntries(details),
  [restError]: {
    type: "object",
    description: "A google.rpc.Status in JSON.",
    properties: {
      code: {
        type: "integer",
        description: "The code of gRPC, which tells more than the status of HTTP.",
        enum: [...codes],
      },
      message: { ...text, description: "English text that ends with the id of the error." },
      details: {
        type: "array",
        items: { oneOf: details.map(([name]) => ({ $ref: `#/components/schemas/${name}` })) },
      },
    },
    required: ["code", "message", "details"],
  },
  [connectError]: {
    type: "object",
    description: "An error as the Connect protocol has it.",
    properties: {
      code: { ...text, enum: codes.map(codeToString) },
      message: { ...text, description: "English text that ends with the id of the error." },
      details: {
        type: "array",
        items: {
          type: "object",
          properties: {
            type: { ...text, description: "Full name of the message." },
            value: { ...text, contentEncoding: "base64", description: "Its binary form." },
            debug: { description: "Its JSON form." },
          },
          required: ["type", "value"],
        },
      },
    },
    required: ["code"],
  },
};
