/** Unary Connect calls with any bytes as the JSON, by fetch. */
import type { JsonObject } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { errorFromJson } from "@connectrpc/connect/protocol-connect";
import { failure, type Outcome, success } from "./outcome.ts";

/** @param path "/package.Service/Method", with a query for GET */
export async function sendConnect(
  url: string,
  path: string,
  init: RequestInit & { readonly headers: Readonly<Record<string, string>> },
): Promise<Outcome> {
  const response = await fetch(url + path, init);
  const json = (await response.json()) as JsonObject;
  const header = (name: string) => response.headers.get(name);
  if (response.status === 200) return success(json, header);
  const unread = new ConnectError("the answer is no Connect error", Code.Unknown);
  const error = errorFromJson(json, undefined, unread);
  return failure(error.code, error.rawMessage, (desc) => error.findDetails(desc)[0], header);
}
