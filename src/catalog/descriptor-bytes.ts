/** What can be told from the bytes of a google.protobuf.FileDescriptorSet before it is read. */
import type { DescMessage } from "@bufbuild/protobuf";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

/** Deepest nesting of messages, as the reader of messages has it. */
const maxDepth = 100;

const setFiles = 1;
const sourceCodeInfo = 9;

/**
 * Counts the fields on the wire, those of messages inside included. The time and the memory that
 * descriptors take follow this number and not that of the bytes, which may be two for a type.
 *
 * @param limit where counting ends
 * @returns the number, or one that is greater than the limit
 * @throws Error when the bytes are no message
 */
export function countEntries(set: Uint8Array, limit: number): number {
  const reader = new BinaryReader(set);
  return countIn(reader, FileDescriptorSetSchema, { end: set.length, depth: 0, limit });
}

interface Bounds {
  readonly end: number;
  readonly depth: number;
  readonly limit: number;
}

function countIn(reader: BinaryReader, schema: DescMessage, bounds: Bounds): number {
  const { end, depth, limit } = bounds;
  if (depth > maxDepth) throw new Error("nested too deeply");
  const fields = messageFields(schema);
  let count = 0;
  while (reader.pos < end && count <= limit) {
    const [number, type] = reader.tag();
    const message = type === WireType.LengthDelimited ? fields.get(number) : undefined;
    count++;
    if (message === undefined) {
      reader.skip(type, number);
    } else {
      const length = reader.uint32();
      const inner = { end: reader.pos + length, depth: depth + 1, limit: limit - count };
      if (inner.end > end) throw new Error("a message is longer than the one around it");
      count += countIn(reader, message, inner);
    }
  }
  return count;
}

const known = new Map<DescMessage, ReadonlyMap<number, DescMessage>>();

/** The messages that a message holds, by field number. */
function messageFields(schema: DescMessage): ReadonlyMap<number, DescMessage> {
  let fields = known.get(schema);
  if (fields === undefined) {
    const entries = schema.fields.flatMap(({ number, message }) =>
      message === undefined ? [] : [[number, message] as const],
    );
    fields = new Map(entries);
    known.set(schema, fields);
  }
  return fields;
}

/**
 * The set without comments and positions, which are most of a set that was made for people and
 * which nothing here reads.
 *
 * @throws Error when the bytes are no message
 */
export function withoutSourceInfo(set: Uint8Array): Uint8Array {
  const writer = new BinaryWriter();
  for (const { number, type, raw, value } of recordsOf(set)) {
    if (number !== setFiles || type !== WireType.LengthDelimited) {
      writer.raw(raw);
      continue;
    }
    writer.tag(number, type).fork();
    for (const record of recordsOf(value)) {
      if (record.number !== sourceCodeInfo) writer.raw(record.raw);
    }
    writer.join();
  }
  return writer.finish();
}

interface WireRecord {
  readonly number: number;
  readonly type: WireType;
  /** All of it. */
  readonly raw: Uint8Array;
  /** The part behind the length, of a record that has one. */
  readonly value: Uint8Array;
}

function* recordsOf(message: Uint8Array): Generator<WireRecord> {
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const [number, type] = reader.tag();
    const skipped = reader.skip(type, number);
    const raw = message.subarray(start, reader.pos);
    const value = type === WireType.LengthDelimited ? new BinaryReader(skipped).bytes() : skipped;
    yield { number, type, raw, value };
  }
}
