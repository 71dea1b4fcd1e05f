/** Entity tags (RFC 9110 section 8.8.3) in place of the etag fields of messages. */
import type { DescField, DescMessage, JsonObject, Message } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import { ApiError } from "../../errors/api-error.ts";
import { fieldByName } from "./field-path.ts";
import { malformed } from "./json-shape.ts";

const strongTag = /^"([\x21\x23-\x7e]+)"$/;

/**
 * Fills the request's `etag` field from If-Match. Only one strong tag can be meant: the comparison
 * is the strong one (RFC 9110 section 13.1.1), in which a weak tag never matches. "*" asks only that
 * the resource exists, which every update does anyway.
 *
 * @param header If-Match, undefined when absent
 * @throws ApiError malformed when it is neither, or differs from an etag given elsewhere
 */
export function applyIfMatch(
  input: DescMessage,
  header: string | undefined,
  json: JsonObject,
): void {
  const field = etagField(input);
  const value = header?.trim();
  if (field === undefined || value === undefined || value === "*") return;
  const tag = strongTag.exec(value)?.[1];
  if (tag === undefined) {
    throw new ApiError("malformed", { detail: 'If-Match must be "*" or one strong tag in quotes' });
  }
  const given = json[field.jsonName] ?? json[field.name] ?? "";
  if (given === "") {
    delete json[field.name];
    json[field.jsonName] = tag;
  } else if (given !== tag) {
    throw malformed([{ field: field.name, description: "differs from If-Match" }]);
  }
}

/** Reads the etag of a response, in the form of the ETag header. */
export type ReadEtag = (response: Message) => string | undefined;

/**
 * Finds where a response type has its etag: in itself, or in its only field that is a message with
 * one, such as GetTargetResponse.target.
 *
 * @returns undefined when it has none
 */
export function etagReader(output: DescMessage): ReadEtag | undefined {
  const own = etagField(output);
  if (own !== undefined) return (response) => tagOf(response, own);
  const holders = output.fields.filter((field) => field.message && etagField(field.message));
  const [holder, ...more] = holders;
  if (holder?.fieldKind !== "message" || holder.oneof !== undefined || more.length > 0) {
    return undefined;
  }
  const field = etagField(holder.message);
  return field && ((response) => tagOf(fieldValue(response, holder), field));
}

function tagOf(message: unknown, field: DescField): string | undefined {
  const tag = `"${String(fieldValue(message, field) ?? "")}"`;
  return strongTag.test(tag) ? tag : undefined;
}

/** What a message has in a field outside of oneofs. */
function fieldValue(message: unknown, { localName }: DescField): unknown {
  return (message as Readonly<Record<string, unknown>> | undefined)?.[localName];
}

function etagField(desc: DescMessage): DescField | undefined {
  const field = fieldByName(desc, "etag");
  const isText = field?.fieldKind === "scalar" && field.scalar === ScalarType.STRING;
  return isText && field.oneof === undefined ? field : undefined;
}
