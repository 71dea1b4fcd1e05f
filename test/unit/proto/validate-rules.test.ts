import { nestedTypes } from "@bufbuild/protobuf/reflect";
import { file_buf_validate_validate as theirs } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { expect, test } from "vitest";
import {
  field,
  oneof,
  file_buf_validate_validate as ours,
} from "../../../gen/buf/validate/validate_pb.ts";
import { declarations } from "../../support/descriptor-shape.ts";

const known = declarations([theirs]);

test.each([...declarations([ours])])("%s is a part of protovalidate's", (name, shape) => {
  expect(known.get(name)).toMatchObject(shape as object);
});

test("the extensions have the public number", () => {
  expect([field.number, oneof.number]).toEqual([1159, 1159]);
  const numbers = [...nestedTypes(ours)].filter((type) => type.kind === "extension");
  expect(numbers.map((type) => type.number)).toEqual([1159, 1159]);
});
