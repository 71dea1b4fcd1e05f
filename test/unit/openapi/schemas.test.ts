import { type DescMessage, type JsonObject, ScalarType } from "@bufbuild/protobuf";
import {
  DescriptorProtoSchema,
  DoubleValueSchema,
  Int64ValueSchema,
  StructSchema,
  TimestampSchema,
} from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { CallerSchema } from "../../../gen/targetd/v1/execution_service_pb.ts";
import { ConditionSchema } from "../../../gen/zitadel/action/v2/execution_pb.ts";
import {
  CreateTargetRequestSchema,
  UpdateTargetRequestSchema,
} from "../../../gen/zitadel/action/v2/target_messages_pb.ts";
import { PaginationResponseSchema } from "../../../gen/zitadel/filter/v2/filter_pb.ts";
import { MessageSchemas } from "../../../scripts/openapi/message-schema.ts";
import { readMethodComment } from "../../../scripts/openapi/method-errors.ts";
import { keySchema } from "../../../scripts/openapi/value-schema.ts";
import { objectOf, readDocument } from "../../support/openapi/document.ts";
import { schemaCheck } from "../../support/openapi/schemas.ts";

const prefix = "#/components/schemas/";

function schemaOf(desc: DescMessage): JsonObject {
  const schemas = new MessageSchemas(
    () => "",
    () => "request",
  );
  const schema = schemas.message(desc);
  const { $ref } = schema;
  if (typeof $ref !== "string") return schema;
  return objectOf(schemas.components()[$ref.slice(prefix.length)]);
}

const accepts = (schema: JsonObject, value: unknown) =>
  schemaCheck({ components: {} }, false)(schema, value).length === 0;

test.each<[string, DescMessage, unknown, unknown]>([
  ["64-bit numbers", Int64ValueSchema, "-9223372036854775808", 1],
  ["64-bit numbers", Int64ValueSchema, "0", "01"],
  ["floating numbers", DoubleValueSchema, "Infinity", "much"],
  ["floating numbers", DoubleValueSchema, 1.5, true],
  ["points in time", TimestampSchema, "2026-01-31T00:00:00.5Z", "2026-02-30T00:00:00Z"],
  ["structs", StructSchema, { a: [1] }, [1]],
])("%s are as in ProtoJSON", (_, desc, good, bad) => {
  const schema = schemaOf(desc);
  expect([accepts(schema, good), accepts(schema, bad)]).toEqual([true, false]);
});

test("a message may contain itself", () => {
  expect(schemaOf(DescriptorProtoSchema).properties).toMatchObject({
    nestedType: { items: { $ref: `${prefix}google.protobuf.DescriptorProto` } },
  });
});

test("of a oneof at most one may be given, and one must be where a rule says so", () => {
  const needed = schemaOf(ConditionSchema);
  expect(needed.oneOf).toHaveLength(4);
  const branches = schemaOf(UpdateTargetRequestSchema).oneOf;
  expect(branches).toHaveLength(4);
  expect(branches).toContainEqual({ not: expect.anything() });
});

test("a field is required where its rules refuse the default value", () => {
  expect(schemaOf(CreateTargetRequestSchema).required).toEqual(["name", "timeout", "endpoint"]);
  expect(schemaOf(UpdateTargetRequestSchema).required).toEqual(["id"]);
});

test("limits are those of the proto files", () => {
  expect(schemaOf(CreateTargetRequestSchema).properties).toMatchObject({
    name: { minLength: 1, maxLength: 1000 },
    timeout: { "x-exclusive-minimum": "0s", "x-maximum": "270s" },
    requestId: { format: "uuid" },
    headers: { type: "object", maxProperties: 20, writeOnly: true },
  });
  expect(schemaOf(PaginationResponseSchema).properties).toMatchObject({
    totalResult: { type: "string", format: "uint64" },
  });
  expect(schemaOf(CallerSchema).properties).toMatchObject({ headers: { maxProperties: 100 } });
});

test.each([
  [ScalarType.STRING, undefined],
  [ScalarType.BOOL, { enum: ["true", "false"] }],
  [ScalarType.INT32, { pattern: "^-?[0-9]+$" }],
])("keys of type %j", (type, expected) => {
  expect(keySchema(type)).toEqual(expected);
});

test("comments of nested enums and of their values are told", () => {
  const { schemas } = objectOf(readDocument().components);
  const { "targetd.v1.TargetResult.Outcome": outcome } = objectOf(schemas);
  expect(objectOf(outcome).description).toContain(
    "- `OUTCOME_SUCCEEDED`: The target answered as it should.",
  );
});

test("a comment is read as summary, description and errors", () => {
  const text = "Does a thing. More of it.\n\nEven more. NOT_FOUND: no thing. ABORTED: two: both.";
  expect(readMethodComment(text)).toEqual({
    summary: "Does a thing",
    description: "More of it.\n\nEven more.",
    errors: [
      { code: Code.NotFound, when: "no thing." },
      { code: Code.Aborted, when: "two: both." },
    ],
  });
});
