/**
 * Holds Connect's unary JSON to the same rules as REST: duplicate keys, deep nesting and unknown
 * enum names are mistakes there too, where connect-node alone would take the last or drop the value.
 */
import type { DescMessage } from "@bufbuild/protobuf";
import type { UniversalServerRequest } from "@connectrpc/connect/protocol";
import { type ReportBug, toApiError, toConnectError } from "../errors/to-wire.ts";
import type { HttpRequest } from "./request.ts";
import { checkShape, isObject } from "./rest/json-shape.ts";
import { readBody } from "./rest/read-body.ts";
import { parseStrictJson } from "./rest/strict-json.ts";

export interface StrictJsonOptions {
  /** Type of the request message. */
  readonly schema: DescMessage;
  /** Largest body in bytes, as sent and as inflated. */
  readonly maxBytes: number;
  readonly reportBug: ReportBug;
}

/**
 * Replaces the body of a unary JSON request by one that is read, inflated and checked when it is
 * first asked for, which is after admission. Other requests stay as they are.
 */
export function strictJsonBody(
  universal: UniversalServerRequest,
  request: HttpRequest,
  options: StrictJsonOptions,
): UniversalServerRequest {
  if (!isUnaryJson(universal)) return universal;
  const header = new Headers(universal.header);
  header.delete("content-encoding");
  header.delete("content-length");
  return { ...universal, header, body: checkedBody(request, options) };
}

function isUnaryJson({ method, header }: UniversalServerRequest): boolean {
  const type = header.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  return method === "POST" && type === "application/json";
}

async function* checkedBody(
  request: HttpRequest,
  { schema, maxBytes, reportBug }: StrictJsonOptions,
): AsyncGenerator<Uint8Array> {
  try {
    const body = await readBody(request, maxBytes);
    const json = parseStrictJson(body);
    if (isObject(json)) checkShape(schema, json);
    yield body;
  } catch (thrown) {
    throw toConnectError(toApiError(thrown, reportBug));
  }
}
