/** What a JSON value must look like for the well-known types that ProtoJSON treats specially. */
import type { DescMessage, JsonValue } from "@bufbuild/protobuf";
import { isWrapperDesc } from "@bufbuild/protobuf/wkt";
import { type ScalarRule, scalarRule } from "./json-scalars.ts";

const durationPattern = /^-?\d{1,12}(?:\.\d{1,9})?s$/;
const timestampPattern =
  /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
/** google/protobuf/duration.proto: about 10,000 years. */
const longestDuration = 315_576_000_000;
const firstTimestamp = Date.parse("0001-01-01T00:00:00Z");
const lastTimestamp = Date.parse("9999-12-31T23:59:59.999Z");

const duration: ScalarRule = (json) => {
  const valid =
    typeof json === "string" &&
    durationPattern.test(json) &&
    Math.abs(Number(json.slice(0, -1))) <= longestDuration;
  return valid ? undefined : 'must be seconds with up to nine decimals, such as "1.5s"';
};

const timestamp: ScalarRule = (json) => {
  const valid = typeof json === "string" && isTimestamp(json);
  return valid ? undefined : 'must be an RFC 3339 time, such as "2026-01-31T00:00:00Z"';
};

function isTimestamp(text: string): boolean {
  const date = timestampPattern.exec(text);
  if (date === null) return false;
  const [, year, month, day] = date;
  if (Number(day) < 1 || Number(day) > daysIn(Number(year), Number(month))) return false;
  const time = Date.parse(text);
  return time >= firstTimestamp && time <= lastTimestamp;
}

/** Date.parse alone would take the 30th of February for the 1st of March. */
function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}

const fieldMask: ScalarRule = (json) => {
  const valid = typeof json === "string" && !json.includes("_");
  return valid ? undefined : "must be a string of lowerCamelCase paths separated by commas";
};

const isObject = (json: JsonValue): boolean =>
  typeof json === "object" && json !== null && !Array.isArray(json);

const rules: ReadonlyMap<string, ScalarRule> = new Map<string, ScalarRule>([
  ["google.protobuf.Duration", duration],
  ["google.protobuf.Timestamp", timestamp],
  ["google.protobuf.FieldMask", fieldMask],
  // Whether its type is known is for fromJson to say.
  ["google.protobuf.Any", () => undefined],
  ["google.protobuf.Struct", (json) => (isObject(json) ? undefined : "must be an object")],
  ["google.protobuf.ListValue", (json) => (Array.isArray(json) ? undefined : "must be an array")],
  ["google.protobuf.Value", () => undefined],
]);

/** The rule for a message whose JSON form is not an object of its fields. */
export function wellKnownRule(desc: DescMessage): ScalarRule | undefined {
  return isWrapperDesc(desc) ? scalarRule(desc.fields[0].scalar) : rules.get(desc.typeName);
}

/** Tells whether a text alone can stand for the message, as in a path or query. */
export function hasTextForm(desc: DescMessage): boolean {
  return (
    isWrapperDesc(desc) ||
    [duration, timestamp, fieldMask].some((rule) => rule === wellKnownRule(desc))
  );
}
