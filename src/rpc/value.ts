/** Any JSON between messages and plain values. */
import { fromJson, type JsonValue, toJson } from "@bufbuild/protobuf";
import { type Value, ValueSchema } from "@bufbuild/protobuf/wkt";

export function toValue(json: JsonValue): Value {
  return fromJson(ValueSchema, json);
}

/** @returns undefined when there is no value */
export function fromValue(value: Value | undefined): JsonValue | undefined {
  return value && toJson(ValueSchema, value);
}
