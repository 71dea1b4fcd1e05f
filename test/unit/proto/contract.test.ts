import { type DescMessage, toBinary } from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";
import { FieldOptionsSchema, OneofOptionsSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, test } from "vitest";
import { enumShape, generatedFiles, messageShape } from "../../support/descriptor-shape.ts";
import { betaEnums, betaMessages, betaPairs } from "./contract-beta.ts";
import { contractEnums } from "./contract-enums.ts";
import { contractMessages } from "./contract-messages.ts";
import { ownMessages } from "./own-messages.ts";

const files = await Promise.all([generatedFiles("zitadel"), generatedFiles("targetd")]);
const types = files.flat().flatMap((file) => [...nestedTypes(file)]);
const messages = types.filter((type) => type.kind === "message");
const enums = types.filter((type) => type.kind === "enum");
const allMessages = new Map([...contractMessages, ...betaMessages, ...ownMessages]);
const allEnums = new Map([...contractEnums, ...betaEnums]);

function messageOf(name: string): DescMessage {
  const message = messages.find(({ typeName }) => typeName === name);
  if (message === undefined) throw new Error(`there is no message ${name}`);
  return message;
}

test("there are no messages and enums but those that are written down", () => {
  const names = (declared: readonly { readonly typeName: string }[]) =>
    declared.map(({ typeName }) => typeName).sort();
  expect(names(messages)).toEqual([...allMessages.keys()].sort());
  expect(names(enums)).toEqual([...allEnums.keys()].sort());
});

test.each([...allMessages])("%s has its fields", (name, shape) => {
  expect(messageShape(messageOf(name))).toEqual(shape);
});

test.each([...allEnums])("%s has its values", (name, shape) => {
  const type = enums.find(({ typeName }) => typeName === name);
  expect(type && enumShape(type)).toEqual(shape);
});

test.each([
  "zitadel.action.v2.ListTargetsResponse",
  "zitadel.action.v2.ListExecutionsResponse",
  "zitadel.action.v2beta.ListTargetsResponse",
  "zitadel.action.v2beta.ListExecutionsResponse",
])("%s keeps the old name of its list reserved", (name) => {
  expect(messageOf(name).proto.reservedName).toEqual(["result"]);
});

describe.each(betaPairs)("%s", (beta, current) => {
  const older = messageOf(beta);
  const newer = messageOf(current);

  test("has its fields under the numbers and JSON names of the current version", () => {
    for (const field of older.fields) {
      const namesake = newer.fields.find(({ name }) => name === field.name);
      expect([namesake?.number, namesake?.jsonName]).toEqual([field.number, field.jsonName]);
    }
  });

  test("has the rules of the current version", () => {
    expect(rules(older)).toEqual(
      rules(newer).filter(({ name }) => rules(older).some((rule) => rule.name === name)),
    );
  });
});

/** The options of fields and oneofs: what is checked, and what is secret. */
function rules({ fields, oneofs }: DescMessage) {
  const ofFields = fields.map(({ name, proto: { options } }) => ({
    name,
    options: options && toBinary(FieldOptionsSchema, options),
  }));
  const ofOneofs = oneofs.map(({ name, proto: { options } }) => ({
    name,
    options: options && toBinary(OneofOptionsSchema, options),
  }));
  return [...ofFields, ...ofOneofs];
}
