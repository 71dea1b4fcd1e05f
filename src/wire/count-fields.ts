/** Counts what bytes in protobuf's wire format would become, before they are read. */
import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/** Deepest nesting of messages, as the reader of messages has it. */
const maxDepth = 100;

/**
 * Counts the fields on the wire, those of messages inside and unknown ones included. The time and
 * the memory that a message takes follow this number and not that of the bytes, which may be two for
 * a field.
 *
 * @param limit where counting ends
 * @returns the number, or one that is greater than the limit
 * @throws Error when the bytes are no message, or a field is written in the way of another type: the
 *   reader of messages does not look at that, and would find fields that were not counted
 */
export function countFields(bytes: Uint8Array, schema: DescMessage, limit: number): number {
  const reader = new BinaryReader(bytes);
  return countIn(reader, fieldsOf(schema), { end: bytes.length, depth: 0, limit });
}

interface Bounds {
  readonly end: number;
  readonly depth: number;
  readonly limit: number;
}

function countIn(reader: BinaryReader, fields: Fields, bounds: Bounds): number {
  const { end, depth, limit } = bounds;
  if (depth > maxDepth) throw new Error("nested too deeply");
  let count = 0;
  while (reader.pos < end && count <= limit) {
    const [number, type] = reader.tag();
    const field = fields.get(number);
    if (field !== undefined && !field.types.includes(type)) throw new Error("of another type");
    count++;
    if (field?.inside === undefined) {
      reader.skip(type, number);
    } else {
      const length = reader.uint32();
      const inner = { end: reader.pos + length, depth: depth + 1, limit: limit - count };
      if (inner.end > end) throw new Error("a message is longer than the one around it");
      count += countIn(reader, field.inside(), inner);
    }
  }
  return count;
}

interface Field {
  /** How it may be written. */
  readonly types: readonly WireType[];
  /** The fields inside; undefined where there are none. */
  readonly inside: (() => Fields) | undefined;
}

/** By number. */
type Fields = ReadonlyMap<number, Field>;

const known = new WeakMap<DescMessage, Fields>();

function fieldsOf(schema: DescMessage): Fields {
  let fields = known.get(schema);
  if (fields === undefined) {
    fields = new Map(schema.fields.map((field) => [field.number, toField(field)]));
    known.set(schema, fields);
  }
  return fields;
}

function toField(field: DescField): Field {
  const { fieldKind, message } = field;
  if (fieldKind === "map") {
    const value = { types: [typeOf(field)], inside: message && (() => fieldsOf(message)) };
    const entry: Fields = new Map([
      [1, { types: [scalarType(field.mapKey)], inside: undefined }],
      [2, value],
    ]);
    return { types: [WireType.LengthDelimited], inside: () => entry };
  }
  const type = typeOf(field);
  if (type === WireType.StartGroup) return { types: [type], inside: undefined };
  const packed = fieldKind === "list" ? [WireType.LengthDelimited] : [];
  return { types: [type, ...packed], inside: message && (() => fieldsOf(message)) };
}

/** How one value of the field is written. */
function typeOf(field: DescField): WireType {
  if ("delimitedEncoding" in field && field.delimitedEncoding) return WireType.StartGroup;
  if (field.message !== undefined) return WireType.LengthDelimited;
  return field.scalar === undefined ? WireType.Varint : scalarType(field.scalar);
}

function scalarType(scalar: ScalarType): WireType {
  switch (scalar) {
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return WireType.Bit64;
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return WireType.Bit32;
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return WireType.LengthDelimited;
    default:
      return WireType.Varint;
  }
}
