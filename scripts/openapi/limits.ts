/** The rules of buf.validate as keywords of JSON Schema. */
import { type DescField, type DescOneof, getOption, type JsonObject } from "@bufbuild/protobuf";
import { type Duration, FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import {
  type BytesRules,
  type DurationRules,
  type FieldRules,
  field as fieldOption,
  oneof as oneofOption,
  type StringRules,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";

/** The rules of a field; those of its elements are in `type.value.items` of a list. */
export function rulesOf(field: DescField): FieldRules {
  return getOption(field, fieldOption);
}

/** The rules of the elements of a list. */
export function itemRules({ type }: FieldRules): FieldRules | undefined {
  return type.case === "repeated" ? type.value.items : undefined;
}

/** What the rules say of one value. */
export function valueLimits({ type }: FieldRules): JsonObject {
  switch (type.case) {
    case "string":
      return textLimits(type.value);
    case "bytes":
      return base64Limits(type.value);
    case "bool":
      return { const: type.value.const };
    case "uint32":
      return type.value.lessThan.case === "lte" ? { maximum: type.value.lessThan.value } : {};
    case "duration":
      return durationLimits(type.value);
    // Other names are no values of the schema anyway; lists and maps have limits of their own.
    case "enum":
    case "repeated":
    case "map":
    case undefined:
      return {};
    default:
      throw new Error(`no keyword stands for rules of ${type.case}`);
  }
}

/** What the rules say of a list or a map as a whole. */
export function containerLimits({ type }: FieldRules): JsonObject {
  if (type.case === "repeated") {
    const { minItems, maxItems } = type.value;
    return defined({ minItems: numberOf(minItems), maxItems: numberOf(maxItems) });
  }
  if (type.case !== "map") return {};
  return defined({ maxProperties: numberOf(type.value.maxPairs) });
}

/**
 * Tells whether a request without the field breaks a rule: it is required, or its default value is
 * too short and not told from an absent one.
 */
export function isRequired(field: DescField): boolean {
  const { required, type } = rulesOf(field);
  if (required) return true;
  if (field.oneof !== undefined) return false;
  if (type.case === "repeated") return type.value.minItems > 0n;
  const implicit = field.presence === FeatureSet_FieldPresence.IMPLICIT;
  if (type.case !== "string" && type.case !== "bytes") return false;
  return implicit && type.value.minLen > 0n;
}

/** Tells whether one of the fields of a oneof must be given. */
export function isOneofRequired(oneof: DescOneof): boolean {
  return getOption(oneof, oneofOption).required;
}

/** Lengths count Unicode code points, as those of JSON Schema do. */
function textLimits({ minLen, maxLen, wellKnown }: StringRules): JsonObject {
  return defined({
    minLength: numberOf(minLen),
    maxLength: numberOf(maxLen),
    format: wellKnown.case === "uuid" ? "uuid" : undefined,
  });
}

/** Three bytes are four characters; padding may be left out. */
function base64Limits({ minLen, maxLen }: BytesRules): JsonObject {
  return defined({
    minLength: minLen === 0n ? undefined : Math.ceil((Number(minLen) * 4) / 3),
    maxLength: maxLen === 0n ? undefined : Math.ceil(Number(maxLen) / 3) * 4,
  });
}

/** JSON Schema has no limits for durations: these are ours, with values as in the document. */
function durationLimits({ lessThan, greaterThan }: DurationRules): JsonObject {
  const lowest = greaterThan.case === undefined ? undefined : seconds(greaterThan.value);
  return defined({
    "x-minimum": greaterThan.case === "gte" ? lowest : undefined,
    "x-exclusive-minimum": greaterThan.case === "gt" ? lowest : undefined,
    "x-maximum": lessThan.case === "lte" ? seconds(lessThan.value) : undefined,
    pattern: lowest === "0s" ? "^[0-9]{1,12}(\\.[0-9]{1,9})?s$" : undefined,
  });
}

function seconds(duration: Duration): string {
  if (duration.nanos !== 0) throw new Error("a limit must be in whole seconds");
  return `${duration.seconds}s`;
}

/** A rule that is not set is 0 to the reader of options. */
function numberOf(limit: bigint): number | undefined {
  return limit === 0n ? undefined : Number(limit);
}

function defined(limits: Readonly<Record<string, string | number | undefined>>): JsonObject {
  const given = Object.entries(limits).filter((entry) => entry[1] !== undefined);
  return Object.fromEntries(given) as JsonObject;
}
