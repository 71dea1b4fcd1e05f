/** Unary Connect calls with any bytes as the message, by fetch. */
import type { JsonObject } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { codeFromHttpStatus, errorFromJson } from "@connectrpc/connect/protocol-connect";
import { failure, type Outcome, success } from "./outcome.ts";

/**
 * @param path "/package.Service/Method", with a query for GET
 * @returns without the answer's message when that is binary
 */
export async function sendConnect(
  url: string,
  path: string,
  init: RequestInit & { readonly headers: Readonly<Record<string, string>> },
): Promise<Outcome> {
  const response = await fetch(url + path, init);
  const header = (name: string) => response.headers.get(name);
  const body = Buffer.from(await response.arrayBuffer());
  const isJson = header("content-type") === "application/json";
  const json = (isJson ? JSON.parse(body.toString()) : {}) as JsonObject;
  if (response.status === 200) return success(json, header);
  const error = errorOf(json, response.status);
  return failure(error.code, error.rawMessage, (desc) => error.findDetails(desc)[0], header);
}

/** Clients take the HTTP status for what it is worth when the body is no Connect error. */
function errorOf(json: JsonObject, status: number): ConnectError {
  const fallback = new ConnectError(`HTTP ${status}`, codeFromHttpStatus(status));
  try {
    return errorFromJson(json, undefined, fallback);
  } catch (thrown) {
    return ConnectError.from(thrown);
  }
}
