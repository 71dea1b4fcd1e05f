/** JSON Schemas of single values in ProtoJSON, as the server writes them. */
import { type DescMessage, type JsonObject, ScalarType } from "@bufbuild/protobuf";
import { isWrapperDesc } from "@bufbuild/protobuf/wkt";

const signed32 = { type: "integer", format: "int32", minimum: -(2 ** 31), maximum: 2 ** 31 - 1 };
const unsigned32 = { type: "integer", format: "int64", minimum: 0, maximum: 2 ** 32 - 1 };
/** Numbers of JSON lose digits beyond 2^53. */
const signed64 = { type: "string", format: "int64", pattern: "^(0|-?[1-9][0-9]{0,18})$" };
const unsigned64 = { type: "string", format: "uint64", pattern: "^(0|[1-9][0-9]{0,19})$" };
const floating = {
  anyOf: [{ type: "number" }, { enum: ["NaN", "Infinity", "-Infinity"] }],
};
/** Requests may use either alphabet. `contentEncoding` alone makes no validator look. */
const base64 = {
  type: "string",
  contentEncoding: "base64",
  pattern: "^[A-Za-z0-9+/_-]*={0,2}$",
};

const scalars: Readonly<Record<ScalarType, JsonObject>> = {
  [ScalarType.DOUBLE]: floating,
  [ScalarType.FLOAT]: floating,
  [ScalarType.INT32]: signed32,
  [ScalarType.SINT32]: signed32,
  [ScalarType.SFIXED32]: signed32,
  [ScalarType.UINT32]: unsigned32,
  [ScalarType.FIXED32]: unsigned32,
  [ScalarType.INT64]: signed64,
  [ScalarType.SINT64]: signed64,
  [ScalarType.SFIXED64]: signed64,
  [ScalarType.UINT64]: unsigned64,
  [ScalarType.FIXED64]: unsigned64,
  [ScalarType.BOOL]: { type: "boolean" },
  [ScalarType.STRING]: { type: "string" },
  [ScalarType.BYTES]: base64,
};

/** Messages whose JSON form is not an object of their fields. */
const wellKnown: ReadonlyMap<string, JsonObject> = new Map<string, JsonObject>([
  ["google.protobuf.Timestamp", { type: "string", format: "date-time" }],
  [
    "google.protobuf.Duration",
    { type: "string", pattern: "^-?[0-9]{1,12}(\\.[0-9]{1,9})?s$", examples: ["10s"] },
  ],
  // Paths in lowerCamelCase, separated by commas.
  ["google.protobuf.FieldMask", { type: "string", pattern: "^[^_]*$" }],
  ["google.protobuf.Struct", { type: "object" }],
  ["google.protobuf.ListValue", { type: "array" }],
  ["google.protobuf.Value", {}],
  [
    "google.protobuf.Any",
    { type: "object", properties: { "@type": { type: "string" } }, required: ["@type"] },
  ],
]);

/** The schema of a scalar. */
export function scalarSchema(type: ScalarType): JsonObject {
  return { ...scalars[type] };
}

/** The schema of a message that ProtoJSON treats specially, or undefined. */
export function wellKnownSchema(desc: DescMessage): JsonObject | undefined {
  if (isWrapperDesc(desc)) return scalarSchema(desc.fields[0].scalar);
  const schema = wellKnown.get(desc.typeName);
  return schema && { ...schema };
}

/** What the keys of a map must look like; undefined when any text will do. */
export function keySchema(type: ScalarType): JsonObject | undefined {
  if (type === ScalarType.STRING) return undefined;
  if (type === ScalarType.BOOL) return { enum: ["true", "false"] };
  return { pattern: "^-?[0-9]+$" };
}
