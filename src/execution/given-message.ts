/**
 * Messages that a caller gives in proto JSON. Where the catalogue knows their type they are checked
 * and shown to targets without redacted fields; else they are any JSON.
 */
import type { JsonValue } from "@bufbuild/protobuf";
import { type MessageType, messageJson, readMessage, replacement } from "./message-json.ts";

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

/**
 * @param json proto JSON; undefined means the empty message
 * @throws InvalidAnswer when it is no message of the type
 */
export function givenMessage(type: MessageType | undefined, json: JsonValue = {}): GivenMessage {
  return type === undefined ? untyped(json) : typed(type, json);
}

function typed(type: MessageType, json: JsonValue): GivenMessage {
  const original = messageJson(type, readMessage(type, json));
  let current = original;
  return {
    json: original.shown,
    replace(answer) {
      current = messageJson(type, replacement(type, answer, original));
      return current.shown;
    },
    whole: () => current.whole,
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
