/**
 * Writes messages as ProtoJSON text, without the objects that toJson makes on the way and its dates. The
 * text is that of `JSON.stringify(toJson(desc, message))`, to the letter.
 */
import {
  type DescEnum,
  type DescField,
  type DescMessage,
  type Message,
  ScalarType,
  toJson,
} from "@bufbuild/protobuf";
import { base64Encode } from "@bufbuild/protobuf/wire";
import { FeatureSet_FieldPresence, isWrapperDesc } from "@bufbuild/protobuf/wkt";
import { timeWriter } from "./json-time.ts";

/** Writes a message of one type. */
export type WriteJson = (message: Message) => string;

/** Writes a value that is set; the field says of which type. */
type WriteValue = (value: never) => string;

/** A message by the names of its properties in JavaScript. */
type Fields = Readonly<Record<string, unknown>>;

/** The JSON text of a field; undefined where it is left out. */
type WriteField = (message: Fields) => string | undefined;

const writers = new WeakMap<DescMessage, WriteJson>();

/** The writer of a message type, compiled at first use. It cannot write google.protobuf.Any. */
export function jsonWriter(desc: DescMessage): WriteJson {
  const known = writers.get(desc);
  if (known !== undefined) return known;
  const library: WriteJson = (message) => JSON.stringify(toJson(desc, message));
  const writer =
    timeWriter(desc, library) ?? (desc.fields.every(isPlain) ? objectWriter(desc) : library);
  writers.set(desc, writer);
  return writer;
}

/** Tells fields whose values are what their types say, and that may be absent. */
function isPlain(field: DescField): boolean {
  const { message, parent, presence } = field;
  const longAsString = "longAsString" in field && field.longAsString;
  return (
    !longAsString &&
    !parent.typeName.startsWith("google.protobuf.") &&
    presence !== FeatureSet_FieldPresence.LEGACY_REQUIRED &&
    field.enum?.typeName !== "google.protobuf.NullValue" &&
    message?.typeName !== "google.protobuf.Struct" &&
    (message === undefined || !isWrapperDesc(message))
  );
}

function objectWriter(desc: DescMessage): WriteJson {
  const fields = desc.fields.toSorted((a, b) => a.number - b.number);
  // Made at first use: message types may contain themselves.
  let members: readonly Member[] | undefined;
  return (message) => {
    members ??= fields.map(memberOf);
    let text = "";
    for (const { first, next, write } of members) {
      const value = write(message as unknown as Fields);
      if (value !== undefined) text += (text === "" ? first : next) + value;
    }
    return text === "" ? "{}" : `${text}}`;
  };
}

/** A field and what stands before its value: in front of all others, and after another one. */
interface Member {
  readonly first: string;
  readonly next: string;
  readonly write: WriteField;
}

function memberOf(field: DescField): Member {
  const key = `${JSON.stringify(field.jsonName)}:`;
  return { first: `{${key}`, next: `,${key}`, write: fieldWriter(field) };
}

function fieldWriter(field: DescField): WriteField {
  const { localName } = field;
  const one = valueWriter(field) as (value: unknown) => string;
  if (field.fieldKind === "list")
    return (message) => listText(message[localName] as unknown[], one);
  if (field.fieldKind === "map") return (message) => mapText(message[localName] as Fields, one);
  if (field.oneof !== undefined) {
    const oneof = field.oneof.localName;
    return (message) => {
      const chosen = message[oneof] as { readonly case: string; readonly value: unknown };
      return chosen.case === localName ? one(chosen.value) : undefined;
    };
  }
  if (field.presence === FeatureSet_FieldPresence.IMPLICIT) {
    const isZero = zeroTest(field);
    return (message) => {
      const value = message[localName];
      return isZero(value) ? undefined : one(value);
    };
  }
  return (message) => {
    const value = message[localName];
    // What is not set may still be seen through the prototype, as the default of proto2.
    return value !== undefined && Object.hasOwn(message, localName) ? one(value) : undefined;
  };
}

/** Tells values that are left out where a field has no presence. */
function zeroTest({ scalar }: DescField): (value: unknown) => boolean {
  if (scalar === ScalarType.BYTES) return (value) => (value as Uint8Array).length === 0;
  // -0 is a value of its own.
  if (scalar === ScalarType.DOUBLE || scalar === ScalarType.FLOAT) {
    return (value) => Object.is(value, 0);
  }
  return (value) => value === "" || value === 0 || value === 0n || value === false;
}

function listText(items: readonly unknown[], one: (value: unknown) => string): string | undefined {
  return items.length === 0 ? undefined : `[${items.map((item) => one(item)).join()}]`;
}

function mapText(entries: Fields, one: (value: unknown) => string): string | undefined {
  const keys = Object.keys(entries);
  if (keys.length === 0) return undefined;
  return `{${keys.map((key) => `${quoted(key)}:${one(entries[key])}`).join()}}`;
}

function valueWriter(field: DescField): WriteValue {
  if (field.message !== undefined) return jsonWriter(field.message);
  if (field.enum !== undefined) return enumWriter(field.enum);
  return scalarWriters[field.scalar];
}

function enumWriter(desc: DescEnum): WriteValue {
  const values = Object.values(desc.value);
  const names = new Map(values.map(({ number, jsonName }) => [number, quoted(jsonName)]));
  return (value: number) => names.get(value) ?? String(value);
}

/** Text that JSON has as it is: no quote, backslash, control character or surrogate. */
const unescaped = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/;
const quoted = (text: string) => (unescaped.test(text) ? `"${text}"` : JSON.stringify(text));
const plain = (value: number | boolean): string => String(value);
const inQuotes = (value: bigint): string => `"${value}"`;
/** "NaN" and the infinities are strings in ProtoJSON. */
const floating = (value: number): string => (Number.isFinite(value) ? plain(value) : `"${value}"`);

const scalarWriters: Readonly<Record<ScalarType, WriteValue>> = {
  [ScalarType.DOUBLE]: floating,
  [ScalarType.FLOAT]: floating,
  [ScalarType.INT32]: plain,
  [ScalarType.SINT32]: plain,
  [ScalarType.SFIXED32]: plain,
  [ScalarType.UINT32]: plain,
  [ScalarType.FIXED32]: plain,
  [ScalarType.INT64]: inQuotes,
  [ScalarType.SINT64]: inQuotes,
  [ScalarType.SFIXED64]: inQuotes,
  [ScalarType.UINT64]: inQuotes,
  [ScalarType.FIXED64]: inQuotes,
  [ScalarType.BOOL]: plain,
  [ScalarType.STRING]: quoted,
  [ScalarType.BYTES]: (value: Uint8Array) => `"${base64Encode(value)}"`,
};
