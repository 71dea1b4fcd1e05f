/** The answers of an operation, by HTTP status. */
import type { JsonObject } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { codeToHttpStatus } from "@connectrpc/connect/protocol-connect";
import { warningHeader } from "../../src/execution/own-api.ts";
import type { MethodEntry } from "../../src/rpc/method-table.ts";
import { statusByCode } from "../../src/server/rest/json-error.ts";
import { codeName, connectError, restError } from "./error-schema.ts";
import { commonErrors, isConditionable, type MethodError } from "./method-errors.ts";

/** How a protocol tells of errors. */
export interface ErrorForm {
  readonly schema: string;
  readonly statusOf: (code: Code) => number;
}

export const restForm: ErrorForm = {
  schema: restError,
  statusOf: (code) => statusByCode[code],
};

export const connectForm: ErrorForm = { schema: connectError, statusOf: codeToHttpStatus };

/** Headers of answers that more than one operation has, as components. */
export const responseHeaders: JsonObject = {
  ETag: {
    description: "Version of what is answered, for `If-Match`.",
    schema: { type: "string", pattern: '^"[^"]+"$' },
  },
  "Retry-After": {
    description: "Seconds until it is worth trying again; absent where nobody knows.",
    schema: { type: "string", pattern: "^[0-9]+$" },
  },
  "WWW-Authenticate": {
    description: "How to authenticate.",
    schema: { type: "string" },
  },
  "targetd-replayed": {
    description:
      "`true` when this is the remembered answer to an earlier call with the same `requestId`.",
    schema: { type: "string", const: "true" },
  },
  [warningHeader]: {
    description:
      "Targets that failed around this call without stopping it: `<target id>;<stage>`, separated by commas.",
    schema: { type: "string" },
  },
};

const errorHeaders: ReadonlyMap<Code, string> = new Map([
  [Code.Unauthenticated, "WWW-Authenticate"],
  [Code.ResourceExhausted, "Retry-After"],
]);

/** Headers of the answer to a call that succeeded. */
export function successHeaders(entry: MethodEntry, hasEtag: boolean): readonly string[] {
  const { fields } = entry.method.input;
  return [
    ...(hasEtag ? ["ETag"] : []),
    ...(fields.some(({ name }) => name === "request_id") ? ["targetd-replayed"] : []),
    ...(isConditionable(entry) ? [warningHeader] : []),
  ];
}

/** An answer with a body of JSON. */
export function jsonResponse(
  description: string,
  schema: JsonObject,
  headers: readonly string[] = [],
): JsonObject {
  const references = headers.map((name) => [name, { $ref: `#/components/headers/${name}` }]);
  return {
    description,
    ...(headers.length === 0 ? {} : { headers: Object.fromEntries(references) }),
    content: { "application/json": { schema } },
  };
}

/**
 * The errors of a method by HTTP status.
 *
 * @param own what its comment tells of
 * @param more errors of HTTP itself, by status
 */
export function errorResponses(
  entry: MethodEntry,
  own: readonly MethodError[],
  form: ErrorForm,
  more: Readonly<Record<number, string>> = {},
): JsonObject {
  const byStatus = new Map<number, MethodError[]>();
  for (const error of [...commonErrors(entry, own), ...own]) {
    const status = form.statusOf(error.code);
    byStatus.set(status, [...(byStatus.get(status) ?? []), error]);
  }
  const schema = { $ref: `#/components/schemas/${form.schema}` };
  const mayWarn = isConditionable(entry);
  const told = [...byStatus].map(([status, errors]) => {
    const headers = new Set(errors.flatMap(({ code }) => errorHeaders.get(code) ?? []));
    if (mayWarn && status !== form.statusOf(Code.Unauthenticated)) headers.add(warningHeader);
    return [status, jsonResponse(describe(errors), schema, [...headers])] as const;
  });
  const ofHttp = Object.entries(more).map(
    ([status, description]) => [Number(status), jsonResponse(description, schema)] as const,
  );
  const sorted = [...told, ...ofHttp].sort(([a], [b]) => a - b);
  const rest = mayWarn
    ? jsonResponse("Another error, for instance one that a target has forwarded.", schema, [
        warningHeader,
      ])
    : jsonResponse("Another error.", schema);
  return { ...Object.fromEntries(sorted), default: rest };
}

function describe(errors: readonly MethodError[]): string {
  const byCode = Map.groupBy(errors, ({ code }) => code);
  const lines = [...byCode].map(
    ([code, each]) => `\`${codeName(code)}\`: ${each.map(({ when }) => sentence(when)).join(" ")}`,
  );
  return lines.length === 1 ? (lines[0] ?? "") : lines.map((line) => `- ${line}`).join("\n");
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
