import { nestedTypes } from "@bufbuild/protobuf/reflect";
import { expect, test } from "vitest";
import { ListExecutionsResponseSchema } from "../../../gen/zitadel/action/v2/execution_messages_pb.ts";
import { ListTargetsResponseSchema } from "../../../gen/zitadel/action/v2/target_messages_pb.ts";
import { enumShape, generatedFiles, messageShape } from "../../support/descriptor-shape.ts";
import { contractEnums } from "./contract-enums.ts";
import { contractMessages } from "./contract-messages.ts";
import { ownMessages } from "./own-messages.ts";

const expected = new Map([...contractMessages, ...ownMessages]);

const files = await Promise.all([generatedFiles("zitadel"), generatedFiles("targetd")]);
const types = files.flat().flatMap((file) => [...nestedTypes(file)]);
const messages = types.filter((type) => type.kind === "message");
const enums = types.filter((type) => type.kind === "enum");

test("there are no messages and enums but those that are written down", () => {
  const names = (declared: readonly { readonly typeName: string }[]) =>
    declared.map(({ typeName }) => typeName).sort();
  expect(names(messages)).toEqual([...expected.keys()].sort());
  expect(names(enums)).toEqual([...contractEnums.keys()].sort());
});

test.each([...expected])("%s has its fields", (name, shape) => {
  const message = messages.find(({ typeName }) => typeName === name);
  expect(message && messageShape(message)).toEqual(shape);
});

test.each([...contractEnums])("%s has its values", (name, shape) => {
  const type = enums.find(({ typeName }) => typeName === name);
  expect(type && enumShape(type)).toEqual(shape);
});

test.each([ListTargetsResponseSchema, ListExecutionsResponseSchema])(
  "$name keeps the old name of its list reserved",
  ({ proto }) => {
    expect(proto.reservedName).toEqual(["result"]);
  },
);
