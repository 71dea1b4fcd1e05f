import { type Message, toJson } from "@bufbuild/protobuf";
import {
  FieldDescriptorProtoSchema,
  FieldMaskSchema,
  Int64ValueSchema,
  StringValueSchema,
} from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { expect, test } from "vitest";
import { services } from "../../src/app/services.ts";
import { jsonWriter } from "../../src/server/rest/json-writer.ts";
import { messagesOf, messageTypes } from "../support/messages.ts";

/** Everything that an answer of the API is made of, and types that it may be made of one day. */
const messages = [
  ...messageTypes(services),
  ...[FieldDescriptorProtoSchema, FieldMaskSchema, Int64ValueSchema, StringValueSchema],
].map((schema) => [schema.typeName, schema] as const);

/** The text, or that there is none: both refuse times out of range, for instance. */
function textOf(write: () => string): string | undefined {
  try {
    return write();
  } catch {
    return undefined;
  }
}

test.for(messages)("%s is written as protobuf-es would", ([, desc]) => {
  const write = jsonWriter(desc);
  const same = (message: Message) => {
    const expected = textOf(() => JSON.stringify(toJson(desc, message)));
    expect(textOf(() => write(message))).toBe(expected);
  };
  fc.assert(fc.property(messagesOf(desc), same), { numRuns: 50 });
});
