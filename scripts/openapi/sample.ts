/** Makes an example of a request that has what is required and little else. */
import type { DescField, DescMessage, JsonObject, JsonValue } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import { exampleOf, isShown, placeholder } from "./examples.ts";
import { isOneofRequired, isRequired } from "./limits.ts";

/**
 * @param without fields that come from elsewhere
 */
export function sampleMessage(
  desc: DescMessage,
  without: ReadonlySet<DescField> = new Set(),
): JsonObject {
  const chosen = new Set(desc.oneofs.filter(isOneofRequired).map(({ fields }) => fields[0]));
  const shown = desc.fields.filter(
    (field) =>
      !without.has(field) &&
      (chosen.has(field) || isRequired(field) || (field.oneof === undefined && isShown(field))),
  );
  return Object.fromEntries(shown.map((field) => [field.jsonName, sampleField(field)]));
}

/** The example of a field, for instance "TARGET_ID" for an id. */
export function sampleField(field: DescField): JsonValue {
  const example = exampleOf(field);
  if (example !== undefined) return example;
  if (field.fieldKind === "map") return {};
  const one = single(field);
  return field.fieldKind === "list" ? [one] : one;
}

function single(field: DescField): JsonValue {
  const { message, enum: values, scalar } = field;
  if (message !== undefined) return sampleMessage(message);
  if (values !== undefined) return values.values[1]?.name ?? "";
  if (scalar === ScalarType.BOOL) return true;
  return scalar === ScalarType.STRING ? placeholder(field) : "0";
}
