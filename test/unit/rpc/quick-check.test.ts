import { create, type DescMessage, type Message } from "@bufbuild/protobuf";
import { createValidator } from "@bufbuild/protovalidate";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  CreateTargetRequestSchema,
  GetTargetRequestSchema,
  UpdateTargetRequestSchema,
} from "../../../gen/zitadel/action/v2/target_messages_pb.ts";
import { services } from "../../../src/app/services.ts";
import { isSurelyValid } from "../../../src/rpc/quick-check.ts";
import { messagesOf, messageTypes } from "../../support/messages.ts";

const validator = createValidator();

function keepsRules(schema: DescMessage, message: Message): boolean {
  return validator.validate(schema, message).kind === "valid";
}

const types = messageTypes(services).map((schema) => [schema.typeName, schema] as const);

test.each(types)("no %s is found valid that breaks a rule", (_, schema) => {
  fc.assert(
    fc.property(messagesOf(schema), (message) => {
      if (isSurelyValid(schema, message)) expect(keepsRules(schema, message)).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test.each(
  [0, 1, 2, 199, 200, 201, 399, 400, 401, 1000, 1001].flatMap((length) =>
    ["a", "\u{1f600}"].map((letter) => [length, letter] as const),
  ),
)("a text of %i times %s is found valid only where it is", (length, letter) => {
  const text = letter.repeat(length);
  for (const init of [{ id: text }, { id: "1", name: text }, { id: "1", endpoint: text }]) {
    const message = create(UpdateTargetRequestSchema, init);
    const isValid = keepsRules(UpdateTargetRequestSchema, message);
    if (isSurelyValid(UpdateTargetRequestSchema, message)) expect(isValid).toBe(true);
  }
});

test.each([
  ["UpdateTarget", UpdateTargetRequestSchema, { id: "1", name: "a", endpoint: "b", ordered: true }],
  [
    "UpdateTarget with a mask",
    UpdateTargetRequestSchema,
    { id: "1", updateMask: { paths: ["*"] } },
  ],
  ["GetTarget", GetTargetRequestSchema, { id: "1" }],
] as const)("a usual %s is found valid at once", (_, schema, init) => {
  expect(isSurelyValid(schema, create<DescMessage>(schema, init))).toBe(true);
});

test.each([
  ["an id that is missing", UpdateTargetRequestSchema, {}],
  ["an empty name", UpdateTargetRequestSchema, { id: "1", name: "" }],
  ["an unknown payload type", UpdateTargetRequestSchema, { id: "1", payloadType: 9 }],
  [
    "a time limit, even a valid one",
    UpdateTargetRequestSchema,
    { id: "1", timeout: { seconds: 1n } },
  ],
  ["a type that is missing", CreateTargetRequestSchema, { name: "a", endpoint: "b" }],
  ["a message of another type", GetTargetRequestSchema, create(CreateTargetRequestSchema)],
] as const)("%s is left to the whole check", (_, schema, init) => {
  expect(isSurelyValid(schema, create<DescMessage>(schema, init))).toBe(false);
});
