/** Arbitrary messages of any type, for properties that hold for all of them. */
import {
  create,
  type DescField,
  type DescMessage,
  fromJson,
  type JsonValue,
  type Message,
  ScalarType,
} from "@bufbuild/protobuf";
import { StructSchema, ValueSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";

/** Messages inside of messages inside, at most. */
const deepest = 3;

/** Any message of a type: each field may be left out, values may be odd or out of range. */
export function anyMessage(desc: DescMessage, depth = 0): fc.Arbitrary<Message> {
  if (desc.typeName === "google.protobuf.Timestamp") return anyTime(desc, 62_135_596_800n);
  if (desc.typeName === "google.protobuf.Duration") return anyTime(desc, 315_576_000_000n);
  if (desc.typeName === "google.protobuf.Value") {
    return fc.jsonValue().map((json) => fromJson(ValueSchema, json as JsonValue));
  }
  const fields = desc.fields.filter(({ message }) => message === undefined || depth < deepest);
  const values = fields.map((field) => fc.option(anyValue(field, depth), { freq: 2 }));
  return fc.tuple(...values).map((chosen) => {
    const message = create(desc);
    for (const [index, field] of fields.entries()) {
      const value = chosen[index];
      if (value !== null) assign(message, field, value);
    }
    return message;
  });
}

/** A name of a property in JavaScript, with what it holds. */
type Fields = Record<string, unknown>;

function assign(message: Message, field: DescField, value: unknown): void {
  const fields = message as unknown as Fields;
  const { localName, oneof } = field;
  if (oneof === undefined) fields[localName] = value;
  else fields[oneof.localName] = { case: localName, value };
}

function anyTime(desc: DescMessage, range: bigint): fc.Arbitrary<Message> {
  const nanos = fc.oneof(fc.integer({ min: -1, max: 1e9 }), fc.constantFrom(0, 5e6, 70_000, 1));
  const seconds = fc.oneof(
    fc.bigInt({ min: -range - 1n, max: 5n * range }),
    fc.bigInt({ min: 1_763_000_000n, max: 1_764_000_000n }),
    fc.constantFrom(-range, range, 253_402_300_799n, 253_402_300_800n, 0n, -1n),
  );
  return fc.record({ seconds, nanos }).map((parts) => create(desc, parts));
}

function anyValue(field: DescField, depth: number): fc.Arbitrary<unknown> {
  const one = anySingle(field, depth);
  if (field.fieldKind === "list") return fc.array(one, { maxLength: 3 });
  if (field.fieldKind === "map") return fc.dictionary(fc.string(), one, { maxKeys: 3 });
  return one;
}

function anySingle(field: DescField, depth: number): fc.Arbitrary<unknown> {
  const { message } = field;
  if (message?.typeName === StructSchema.typeName) {
    return fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 });
  }
  if (message !== undefined) return anyMessage(message, depth + 1);
  if (field.enum !== undefined) {
    return fc.oneof(
      fc.constantFrom(...field.enum.values.map(({ number }) => number)),
      fc.constantFrom(-1, 99_999),
    );
  }
  return anyScalar(field.scalar);
}

const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string(),
  fc.constantFrom("", '"', "\\", "\u0000", "\ud800", "\udfff", "\u2028", "\u{1f3af}"),
);
const anyFloat = fc.oneof(fc.double(), fc.constantFrom(0, -0));

function anyScalar(type: ScalarType): fc.Arbitrary<unknown> {
  switch (type) {
    case ScalarType.STRING:
      return anyText;
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.BYTES:
      return fc.uint8Array({ maxLength: 9 });
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return anyFloat;
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return fc.integer({ min: 0, max: 2 ** 32 - 1 });
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return fc.integer();
    default:
      return fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
  }
}
