/** What the 2xx answer of a target says (contract.md section 6). */
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { ApiError, type ApiErrorOptions } from "../errors/api-error.ts";
import { isFiniteJson } from "../json/finite.ts";
import { parseStrictJson } from "../json/strict-json.ts";

/** An answer that cannot be used; its message says why and holds no value of the answer. */
export class InvalidAnswer extends Error {
  override readonly name = "InvalidAnswer";
}

/** Longest text of a forwarded error in bytes. */
const maxForwardedBytes = 1024;

/** Longest text about JSON that cannot be read; it may name as many keys as there are levels. */
const maxProblem = 400;

const forwardedCodes: ReadonlyMap<number, Code> = new Map([
  [400, Code.InvalidArgument],
  [401, Code.Unauthenticated],
  [403, Code.PermissionDenied],
  [404, Code.NotFound],
  [409, Code.AlreadyExists],
  [412, Code.FailedPrecondition],
  [429, Code.ResourceExhausted],
]);

/** What RFC 9110 asks to be sent with a status. */
const forwardedHeaders: ReadonlyMap<number, Readonly<Record<string, string>>> = new Map([
  [401, { "www-authenticate": "Bearer" }],
  [429, { "retry-after": "1" }],
]);

/** An error that a target wants the caller to see. */
export interface ForwardedError {
  readonly name: "targetForwarded" | "targetForwardedOther";
  readonly options: ApiErrorOptions;
}

/** An answer that was read. */
export interface TargetAnswer {
  /** Undefined when nothing is forwarded. */
  readonly forwarded: ForwardedError | undefined;
  /** The new message; undefined when the body is empty or only says that nothing is forwarded. */
  readonly message: JsonValue | undefined;
}

/**
 * Reads the answer of a target of type rest_call.
 *
 * @throws InvalidAnswer when it is no JSON, or forwards something that is no status
 */
export function readCallAnswer(body: Uint8Array): TargetAnswer {
  const json = parse(body);
  if (!isObject(json) || !("forwardedStatusCode" in json || "forwardedErrorMessage" in json)) {
    return { forwarded: undefined, message: json };
  }
  const forwarded = forwardedError(json);
  const { forwardedStatusCode: _status, forwardedErrorMessage: _text, ...rest } = json;
  const message = Object.keys(rest).length === 0 ? undefined : rest;
  return { forwarded, message: forwarded === undefined ? message : undefined };
}

/**
 * Reads the answer of a target of type rest_webhook, which need not be JSON: its body only matters
 * for an error. That is read as kindly as can be, because what is not understood lets the call pass.
 *
 * @throws InvalidAnswer when it forwards something that is no status
 */
export function readWebhookAnswer(body: Uint8Array): TargetAnswer {
  const json = parseKindly(body);
  const forwarded = isObject(json) ? forwardedError(json) : undefined;
  return { forwarded, message: undefined };
}

const decoder = new TextDecoder();
const brace = 0x7b;

/** @returns undefined for what is no JSON, too, and where there is no object in it */
function parseKindly(body: Uint8Array): JsonValue | undefined {
  // Most answers are empty, or a word, whose error would cost more than all else that is done with them.
  if (!body.includes(brace)) return undefined;
  try {
    return JSON.parse(decoder.decode(body)) as JsonValue;
  } catch {
    return undefined;
  }
}

function parse(body: Uint8Array): JsonValue | undefined {
  let json: JsonValue | undefined;
  try {
    json = parseStrictJson(body);
  } catch (cause) {
    if (!(cause instanceof ApiError)) throw cause;
    const problem = `the answer cannot be read: ${cause.detail ?? cause.message}`;
    throw new InvalidAnswer(problem.slice(0, maxProblem), { cause });
  }
  if (json === undefined || isFiniteJson(json)) return json;
  throw new InvalidAnswer("the body has a number that is too large");
}

/** @returns undefined when nothing is forwarded */
function forwardedError(json: JsonObject): ForwardedError | undefined {
  const { forwardedStatusCode, forwardedErrorMessage: given } = json;
  const status = forwardedStatusCode ?? 0;
  if (typeof status !== "number" || !Number.isInteger(status)) {
    throw new InvalidAnswer("forwardedStatusCode must be a whole number");
  }
  if (status === 0) return undefined;
  const text = typeof given === "string" ? plainText(given) : "";
  const texts = text === "" ? {} : { text };
  if (status < 400 || status > 499) return { name: "targetForwardedOther", options: texts };
  const code = forwardedCodes.get(status) ?? Code.Unknown;
  const headers = forwardedHeaders.get(status) ?? {};
  return { name: "targetForwarded", options: { ...texts, code, headers } };
}

/** Without control characters, cut to whole characters within the limit. */
function plainText(text: string): string {
  const clean = text
    .toWellFormed()
    .replaceAll(/\p{Cc}+/gu, " ")
    .trim();
  const bytes = Buffer.from(clean);
  if (bytes.length <= maxForwardedBytes) return clean;
  let end = maxForwardedBytes;
  // 10xxxxxx continues a character.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString("utf8", 0, end);
}

function isObject(json: JsonValue | undefined): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
