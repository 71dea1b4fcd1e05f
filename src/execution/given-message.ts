/**
 * Messages that a caller gives in proto JSON. Where the catalogue knows their type they are checked
 * and shown to targets without redacted fields; else they are any JSON.
 */
import {
  type DescMessage,
  type JsonValue,
  type Message,
  type Registry,
  toJson,
} from "@bufbuild/protobuf";
import { fromTargetJson, readMessage, toTargetJson } from "./message-json.ts";

export interface GivenMessage {
  /** The message as targets see it. */
  readonly json: JsonValue;
  /**
   * Replaces the message by what a target answered.
   *
   * @returns the new message as targets see it
   * @throws InvalidAnswer when it cannot be one
   */
  replace(answer: JsonValue): JsonValue;
  /** The message from now on, redacted fields included. */
  whole(): JsonValue;
}

/** Type of a message and the types that google.protobuf.Any inside it may hold. */
export interface MessageType {
  readonly schema: DescMessage;
  readonly registry: Registry;
}

/**
 * @param json proto JSON; undefined means the empty message
 * @throws InvalidAnswer when it is no message of the type
 */
export function givenMessage(type: MessageType | undefined, json: JsonValue = {}): GivenMessage {
  return type === undefined ? untyped(json) : typed(type, json);
}

function typed({ schema, registry }: MessageType, json: JsonValue): GivenMessage {
  const original = readMessage(schema, json, registry);
  let current: Message = original;
  return {
    json: toTargetJson(schema, original, registry),
    replace(answer) {
      current = fromTargetJson(schema, answer, original, registry);
      return toTargetJson(schema, current, registry);
    },
    whole: () => toJson(schema, current, { registry }),
  };
}

function untyped(json: JsonValue): GivenMessage {
  let current = json;
  return {
    json,
    replace(answer) {
      current = answer;
      return answer;
    },
    whole: () => current,
  };
}
