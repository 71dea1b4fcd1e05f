import { create, type Message, toBinary } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  ListTargetsResponseSchema,
  UpdateTargetResponseSchema,
} from "../../../gen/zitadel/action/v2/target_messages_pb.ts";
import { services } from "../../../src/app/services.ts";
import { encode } from "../../../src/wire/encode.ts";
import { messagesOf, messageTypes } from "../../support/messages.ts";

const types = messageTypes(services).map((schema) => [schema.typeName, schema] as const);

test.each(types)("%s is written as the library does it", (_, schema) => {
  fc.assert(
    fc.property(messagesOf(schema), (message) => {
      expect(Buffer.from(encode(schema, message))).toEqual(Buffer.from(toBinary(schema, message)));
    }),
    { numRuns: 30 },
  );
});

test.each([127, 128, 16_383, 16_384, 70_000])("a text of %i letters is written", (length) => {
  for (const letter of ["a", "ü", "\ud83d\ude00", "\ud800"]) {
    const message = create(UpdateTargetResponseSchema, {
      signingKey: letter.repeat(length),
      target: { name: letter.repeat(length), headers: { [letter.repeat(length)]: "" } },
    });
    const bytes = toBinary(UpdateTargetResponseSchema, message);
    expect(Buffer.compare(encode(UpdateTargetResponseSchema, message), bytes)).toBe(0);
  }
});

test("messages that fill the memory to its end, and go beyond it, are written", () => {
  for (let extra = 0; extra < 150; extra += 1) {
    const targets = Array.from({ length: 648 }, () => ({ name: "n".repeat(97) }));
    const message = create(ListTargetsResponseSchema, {
      targets: [...targets, { id: "i".repeat(extra) }],
    });
    const bytes = toBinary(ListTargetsResponseSchema, message);
    expect(Buffer.compare(encode(ListTargetsResponseSchema, message), bytes)).toBe(0);
  }
});

test("what was written is not changed by the next message", () => {
  const message = (seconds: bigint) => create(TimestampSchema, { seconds });
  const first = encode(TimestampSchema, message(1n));
  encode(TimestampSchema, message(2n));
  expect(Buffer.compare(first, toBinary(TimestampSchema, message(1n)))).toBe(0);
});

test.each([
  ["a message of another type", create(TimestampSchema)],
  ["a number in place of a text", { ...create(UpdateTargetResponseSchema), signingKey: 5 }],
  ["a text in place of a message", { ...create(UpdateTargetResponseSchema), changeDate: "now" }],
])("%s is treated as the library does it", (_, message) => {
  const outcomeOf = (write: typeof encode) => {
    try {
      return Buffer.from(write(UpdateTargetResponseSchema, message as Message)).toString("hex");
    } catch (thrown) {
      return String(thrown);
    }
  };
  expect(outcomeOf(encode)).toBe(outcomeOf(toBinary));
});
