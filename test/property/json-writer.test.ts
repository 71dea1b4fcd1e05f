import { type DescMessage, type Message, toJson } from "@bufbuild/protobuf";
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
import { anyMessage } from "./support/any-message.ts";

/** Everything that an answer of the API is made of, and types that it may be made of one day. */
const messages = new Map<string, DescMessage>();
for (const desc of [
  ...services.flatMap(({ methods }) => methods.flatMap(({ input, output }) => [input, output])),
  ...[FieldDescriptorProtoSchema, FieldMaskSchema, Int64ValueSchema, StringValueSchema],
]) {
  collect(desc);
}

function collect(desc: DescMessage): void {
  if (messages.has(desc.typeName)) return;
  messages.set(desc.typeName, desc);
  for (const { message } of desc.fields) if (message !== undefined) collect(message);
}

/** The text, or that there is none: both refuse times out of range, for instance. */
function textOf(write: () => string): string | undefined {
  try {
    return write();
  } catch {
    return undefined;
  }
}

test.for([...messages])("%s is written as protobuf-es would", ([, desc]) => {
  const write = jsonWriter(desc);
  const same = (message: Message) => {
    const expected = textOf(() => JSON.stringify(toJson(desc, message)));
    expect(textOf(() => write(message))).toBe(expected);
  };
  fc.assert(fc.property(anyMessage(desc), same), { numRuns: 50 });
});
