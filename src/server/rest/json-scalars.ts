/** What a JSON value must look like for each scalar type (ProtoJSON). */
import { type DescEnum, type JsonValue, ScalarType } from "@bufbuild/protobuf";

/** Tells what is wrong with a value, or nothing. The text never repeats the value. */
export type ScalarRule = (json: JsonValue) => string | undefined;

const numberPattern = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const integerPattern = /^-?(?:0|[1-9]\d{0,19})$/;
const base64Pattern = /^(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)={0,2}$/;
const longestNumber = 400;
const largestFloat = 3.4028234663852886e38;

const text: ScalarRule = (json) => (typeof json === "string" ? undefined : "must be a string");
const bool: ScalarRule = (json) =>
  typeof json === "boolean" ? undefined : "must be true or false";

const bytes: ScalarRule = (json) =>
  typeof json === "string" && isBase64(json) ? undefined : "must be base64";

/**
 * Both alphabets, padding optional, line breaks ignored. A last group needs at least two characters,
 * and padding must complete it.
 */
function isBase64(text: string): boolean {
  const packed = text.replaceAll(/[\r\n]/g, "");
  if (!base64Pattern.test(packed)) return false;
  const digits = packed.replace(/=+$/, "").length;
  return digits % 4 !== 1 && (packed.length === digits || packed.length % 4 === 0);
}

/** Up to 32 bits: a number, or a string that holds one. */
function smallInteger(min: number, max: number): ScalarRule {
  const problem = `must be a whole number from ${min} to ${max}`;
  return (json) => {
    const value = numberOf(json);
    return Number.isInteger(value) && value >= min && value <= max ? undefined : problem;
  };
}

/** 64 bits: a string, or a number where JSON can hold it exactly. */
function bigInteger(min: bigint, max: bigint): ScalarRule {
  const problem = `must be a whole number from ${min} to ${max}, as a string beyond 2^53`;
  return (json) => {
    const exact = typeof json === "string" ? integerPattern.test(json) : Number.isSafeInteger(json);
    const value = exact ? BigInt(json as string | number) : undefined;
    return value !== undefined && value >= min && value <= max ? undefined : problem;
  };
}

function floating(max: number): ScalarRule {
  return (json) => {
    if (json === "NaN" || json === "Infinity" || json === "-Infinity") return undefined;
    return Math.abs(numberOf(json)) <= max ? undefined : "must be a number";
  };
}

/** The number that a JSON number or string stands for, else NaN. */
function numberOf(json: JsonValue): number {
  if (typeof json === "number") return json;
  const readable =
    typeof json === "string" && json.length <= longestNumber && numberPattern.test(json);
  return readable ? Number(json) : Number.NaN;
}

const int32 = smallInteger(-(2 ** 31), 2 ** 31 - 1);
const uint32 = smallInteger(0, 2 ** 32 - 1);
const int64 = bigInteger(-(2n ** 63n), 2n ** 63n - 1n);
const uint64 = bigInteger(0n, 2n ** 64n - 1n);

const rules: Readonly<Record<ScalarType, ScalarRule>> = {
  [ScalarType.DOUBLE]: floating(Number.MAX_VALUE),
  [ScalarType.FLOAT]: floating(largestFloat),
  [ScalarType.INT32]: int32,
  [ScalarType.SINT32]: int32,
  [ScalarType.SFIXED32]: int32,
  [ScalarType.UINT32]: uint32,
  [ScalarType.FIXED32]: uint32,
  [ScalarType.INT64]: int64,
  [ScalarType.SINT64]: int64,
  [ScalarType.SFIXED64]: int64,
  [ScalarType.UINT64]: uint64,
  [ScalarType.FIXED64]: uint64,
  [ScalarType.BOOL]: bool,
  [ScalarType.STRING]: text,
  [ScalarType.BYTES]: bytes,
};

/** The rule for a scalar type. */
export function scalarRule(type: ScalarType): ScalarRule {
  return rules[type];
}

/** The rule for the keys of a map, which JSON always writes as strings. */
export function mapKeyRule(type: ScalarType): ScalarRule {
  if (type !== ScalarType.BOOL) return rules[type];
  return (json) => (json === "true" || json === "false" ? undefined : "must be true or false");
}

/** The rule for an enum: a name that exists, or a number. Closed enums take only their numbers. */
export function enumRule(desc: DescEnum): ScalarRule {
  const names = new Set(desc.values.flatMap((value) => [value.jsonName, value.name]));
  const numbers = new Set(desc.values.map((value) => value.number));
  const problem = `must be one of ${desc.values.map((value) => value.jsonName).join(", ")}`;
  return (json) => {
    if (typeof json === "string") return names.has(json) ? undefined : problem;
    if (typeof json !== "number") return problem;
    const known = desc.open ? int32(json) === undefined : numbers.has(json);
    return known ? undefined : problem;
  };
}
