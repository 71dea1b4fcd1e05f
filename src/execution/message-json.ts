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

/** Type of a message and the types that google.protobuf.Any inside it may hold. */
export interface MessageType {
  readonly schema: DescMessage;
  readonly registry: Registry;
}

/** A message in proto JSON. */
export interface MessageJson {
  /** With everything. */
  readonly whole: JsonValue;
  /** As targets see it. */
  readonly shown: JsonValue;
}

/** @throws InvalidAnswer when the message has no form in JSON, for instance without a required field */
export function messageJson({ schema, registry }: MessageType, message: Message): MessageJson {
  const whole = understood(schema, () => toJson(schema, message, { registry }));
  return { whole, shown: withoutRedacted(schema, whole, registry) };
}

/**
 * The message that a target answered instead of another one, which keeps the fields that the target
 * could not see.
 *
 * @throws InvalidAnswer when the answer is no such message, unknown fields included
 */
export function replacement(type: MessageType, answer: JsonValue, original: MessageJson): Message {
  const { schema, registry } = type;
  return readMessage(type, keepRedacted(schema, original.whole, answer, registry));
}

/** @throws InvalidAnswer when the JSON is no such message */
export function readMessage({ schema, registry }: MessageType, json: JsonValue): Message {
  return understood(schema, () => fromJson(schema, json, { ignoreUnknownFields: false, registry }));
}

function understood<T>({ typeName }: DescMessage, convert: () => T): T {
  try {
    return convert();
  } catch (cause) {
    // The texts of these errors repeat values.
    throw new InvalidAnswer(`the body is no ${typeName} in proto JSON`, { cause });
  }
}
