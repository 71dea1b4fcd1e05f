/** Messages as targets see and replace them: proto JSON without redacted fields. */
import {
  type DescMessage,
  fromJson,
  type JsonValue,
  type Message,
  type Registry,
  toJson,
} from "@bufbuild/protobuf";
import { InvalidAnswer } from "./answer.ts";
import { keepRedacted, withoutRedacted } from "./redacted-fields.ts";

/**
 * The message as a target sees it.
 *
 * @param registry knows the types that google.protobuf.Any may hold
 */
export function toTargetJson(schema: DescMessage, message: Message, registry: Registry): JsonValue {
  return toJson(schema, withoutRedacted(schema, message), { registry });
}

/**
 * The message that a target answered instead of `original`, which keeps the fields that the target
 * could not see.
 *
 * @throws InvalidAnswer when the JSON is no such message, unknown fields included
 */
export function fromTargetJson(
  schema: DescMessage,
  json: JsonValue,
  original: Message,
  registry: Registry,
): Message {
  const next = readMessage(schema, json, registry);
  keepRedacted(schema, original, next);
  return next;
}

/** @throws InvalidAnswer when the JSON is no such message */
export function readMessage(schema: DescMessage, json: JsonValue, registry: Registry): Message {
  try {
    return fromJson(schema, json, { ignoreUnknownFields: false, registry });
  } catch (cause) {
    // The texts of fromJson repeat values.
    throw new InvalidAnswer(`the body is no ${schema.typeName} in proto JSON`, { cause });
  }
}
