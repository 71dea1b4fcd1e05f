/**
 * Reads the messages of requests by the same rules whatever door they come through. connect-node alone
 * takes the last of two equal JSON keys, drops unknown enum names, nests without bound, calls
 * unreadable protobuf an internal error, and gives none of these an error id.
 */
import {
  type DescMessage,
  fromBinary,
  type JsonObject,
  type Message,
  type Registry,
  toJsonString,
} from "@bufbuild/protobuf";
import { ApiError } from "../errors/api-error.ts";
import { parseStrictJson } from "../json/strict-json.ts";
import { countFields } from "../wire/count-fields.ts";
import { encode } from "../wire/encode.ts";
import { isObject, malformed } from "./rest/json-shape.ts";
import { jsonWriter } from "./rest/json-writer.ts";
import { replaceOlderJson } from "./rest/older-json.ts";
import { messageFromJson } from "./rest/transcode.ts";

/**
 * Most fields of a message on the wire, those of messages inside and unknown ones included. Nothing
 * else is answered while they are read.
 */
export const maxFields = 200_000;

/** Of a message. */
export interface MessageType {
  readonly schema: DescMessage;
  /** Those that google.protobuf.Any may hold in JSON; undefined for none. */
  readonly types?: Registry | undefined;
}

/**
 * Reads a message.
 *
 * @param json the bytes are JSON, else protobuf
 * @throws ApiError malformed
 */
export function readMessage(
  { schema, types }: MessageType,
  json: boolean,
  bytes: Uint8Array,
): Message {
  if (!json) return readBinary(schema, bytes);
  return messageFromJson(schema, jsonOf(schema, bytes).json, types);
}

/** Writes a message, as JSON or protobuf. */
export function writeMessage(
  { schema, types }: MessageType,
  json: boolean,
  message: Message,
): Uint8Array<ArrayBuffer> {
  if (!json) return encode(schema, message);
  if (types === undefined) return Buffer.from(jsonWriter(schema)(message));
  return Buffer.from(toJsonString(schema, message, { registry: types }));
}

/**
 * Checks a message that connect-node is going to read.
 *
 * @returns the bytes, or others when the message is JSON in a form that only fromJson refuses
 * @throws ApiError malformed
 */
export function checkMessage(
  { schema, types }: MessageType,
  json: boolean,
  bytes: Uint8Array,
): Uint8Array {
  if (!json) {
    readBinary(schema, bytes);
    return bytes;
  }
  const read = jsonOf(schema, bytes);
  messageFromJson(schema, read.json, types);
  return read.replaced ? Buffer.from(JSON.stringify(read.json)) : bytes;
}

function jsonOf(
  schema: DescMessage,
  bytes: Uint8Array,
): { readonly json: JsonObject; readonly replaced: boolean } {
  const json = parseStrictJson(bytes);
  if (!isObject(json)) throw malformed([{ field: "", description: "must be an object" }]);
  return { json, replaced: replaceOlderJson(schema, json) };
}

function readBinary(schema: DescMessage, bytes: Uint8Array): Message {
  try {
    if (countFields(bytes, schema, maxFields) <= maxFields) return fromBinary(schema, bytes);
  } catch (cause) {
    throw new ApiError("malformed", { detail: `the message is no ${schema.name}`, cause });
  }
  throw new ApiError("malformed", { detail: `the message has more than ${maxFields} fields` });
}
