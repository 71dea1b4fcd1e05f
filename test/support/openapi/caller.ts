/** Calls operations as the document describes them, and holds the answers against it. */
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { expect } from "vitest";
import { listOf, type Operation, objectOf } from "./document.ts";
import type { Check } from "./schemas.ts";

export interface Request {
  readonly token?: string | undefined;
  /** Text for the path, by the names of the parameters. */
  readonly path?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: JsonValue | undefined;
}

export interface Answer {
  readonly status: number;
  readonly json: JsonObject;
  readonly headers: Headers;
}

/** Headers that answers may have without the document telling so. */
const ordinary =
  /^(cache-control|connection|content-type|content-length|date|keep-alive|vary|access-control-.*|accept-encoding|content-encoding|transfer-encoding)$/;

/** Sends a request; the test fails when the answer is not one that the document has. */
export async function callOperation(
  url: string,
  check: Check,
  { id, path, verb, responses }: Operation,
  { token, path: values = {}, headers = {}, body }: Request,
): Promise<Answer> {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(values[name] ?? ""),
  );
  const response = await fetch(url + filled, {
    method: verb,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const json = JSON.parse(await response.text()) as JsonObject;
  const { status } = response;
  const told = objectOf(responses[status]);
  expect(Object.keys(responses), `${id}: ${JSON.stringify(json)}`).toContain(String(status));
  const media = objectOf(objectOf(told.content)[response.headers.get("content-type") ?? ""]);
  expect(media.schema, `${id}: schema of ${status}`).toBeDefined();
  expect(check(objectOf(media.schema), json), `${id}: ${JSON.stringify(json)}`).toEqual([]);
  const own = [...response.headers.keys()].filter((name) => !ordinary.test(name));
  const names = Object.keys(objectOf(told.headers)).map((name) => name.toLowerCase());
  expect(names, `${id}: headers of ${status}`).toEqual(expect.arrayContaining(own));
  return { status, json, headers: response.headers };
}

/** Replaces the texts of an example that stand for something else. */
export function filledIn(value: JsonValue, texts: Readonly<Record<string, string>>): JsonValue {
  if (typeof value === "string") return texts[value] ?? value;
  if (Array.isArray(value)) return listOf(value).map((each) => filledIn(each, texts));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, each]) => [key, filledIn(each, texts)]);
  return Object.fromEntries(entries);
}
