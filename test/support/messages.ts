/** Messages of any type with anything in them, for property tests. */
import {
  create,
  type DescField,
  type DescMessage,
  type DescService,
  fromJson,
  type JsonValue,
  type Message,
  ScalarType,
} from "@bufbuild/protobuf";
import { usedTypes } from "@bufbuild/protobuf/reflect";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";

/** The types of all messages that methods of the services take and give, with those inside. */
export function messageTypes(services: readonly DescService[]): readonly DescMessage[] {
  const outer = services.flatMap(({ methods }) => methods.flatMap((m) => [m.input, m.output]));
  const inner = outer.flatMap((type) => [...usedTypes(type)]);
  return [...new Set([...outer, ...inner.filter((type) => type.kind === "message")])];
}

/**
 * Messages with some of their fields set, and with unknown fields now and then. Values may be odd or out of
 * range.
 */
export function messagesOf(schema: DescMessage, depth = 3): fc.Arbitrary<Message> {
  if (schema.typeName === "google.protobuf.Timestamp") return times(schema, 62_135_596_800n);
  if (schema.typeName === "google.protobuf.Duration") return times(schema, 315_576_000_000n);
  if (schema.typeName === ValueSchema.typeName) {
    return fc.jsonValue().map((json) => fromJson(ValueSchema, json as JsonValue));
  }
  const fields = schema.fields.filter(({ message }) => message === undefined || depth > 0);
  const single = fields.filter(({ oneof }) => oneof === undefined);
  const init = fc.record(
    Object.fromEntries(single.map((field) => [field.localName, fieldValues(field, depth)])),
    { requiredKeys: [] },
  );
  const choices = schema.oneofs.map(({ localName, fields: members }) => {
    const cases = members
      .filter((member) => fields.includes(member))
      .map((member) =>
        values(member, depth).map((value) => ({ [localName]: { case: member.localName, value } })),
      );
    return fc.oneof(fc.constant({}), ...cases);
  });
  const chosen = fc.tuple(...choices).map((all) => Object.assign({}, ...all));
  return fc.tuple(init, chosen, unknownFields).map(([given, oneofs, unknown]) => {
    const message: Message = create(schema, { ...given, ...oneofs });
    return unknown === undefined ? message : Object.assign(message, { $unknown: [unknown] });
  });
}

const unknownFields = fc.option(
  fc.nat(1000).map((value) => ({
    no: 50_000,
    wireType: WireType.Varint,
    data: new BinaryWriter().uint32(value).finish(),
  })),
  { nil: undefined, freq: 10 },
);

/** @param range seconds on either side of zero */
function times(schema: DescMessage, range: bigint): fc.Arbitrary<Message> {
  const nanos = fc.oneof(fc.integer({ min: -1, max: 1e9 }), fc.constantFrom(0, 5e6, 70_000, 1));
  const seconds = fc.oneof(
    fc.bigInt({ min: -range - 1n, max: 5n * range }),
    fc.bigInt({ min: 1_763_000_000n, max: 1_764_000_000n }),
    fc.constantFrom(-range, range, 253_402_300_799n, 253_402_300_800n, 0n, -1n),
  );
  return fc.record({ seconds, nanos }).map((parts) => create(schema, parts));
}

function fieldValues(field: DescField, depth: number): fc.Arbitrary<unknown> {
  const value = values(field, depth);
  if (field.fieldKind === "list") return fc.array(value, { maxLength: 5 });
  if (field.fieldKind !== "map") return value;
  const keys = field.mapKey === ScalarType.STRING ? texts : fc.nat(1000).map(String);
  return fc.dictionary(keys, value, { maxKeys: 5 });
}

/** Around the lengths at which a length takes one byte more, and with lone surrogates. */
const texts = fc.oneof(
  fc.string({ unit: "grapheme-ascii", maxLength: 300 }),
  fc.string({ unit: "binary", maxLength: 150 }),
  fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units)),
  fc.constantFrom("", '"', "\\", "\u0000", "\ud800", "\udfff", "\u2028", "\u{1f3af}"),
);

function values(field: DescField, depth: number): fc.Arbitrary<unknown> {
  const { message } = field;
  if (message?.typeName === "google.protobuf.Struct") {
    return fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 });
  }
  if (message?.typeName.endsWith("Value") && message.file.name === "google/protobuf/wrappers") {
    return fc.constant(undefined);
  }
  if (message !== undefined) return messagesOf(message, depth - 1);
  if (field.enum !== undefined) {
    const known = field.enum.values.map(({ number }) => number);
    return fc.oneof(fc.constantFrom(...known), fc.integer({ min: -1, max: 1000 }));
  }
  return scalars(field.scalar ?? ScalarType.STRING);
}

function scalars(type: ScalarType): fc.Arbitrary<unknown> {
  switch (type) {
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.BYTES:
      return fc.uint8Array({ maxLength: 200 });
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return fc.oneof(fc.float(), fc.constantFrom(0, -0));
    case ScalarType.STRING:
      return texts;
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt(0n, 2n ** 35n));
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return fc.nat(2 ** 32 - 1);
    default:
      return fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
  }
}
