/** What can be told from the bytes of a google.protobuf.FileDescriptorSet before it is read. */
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { countFields } from "../wire/count-fields.ts";

const setFiles = 1;
const sourceCodeInfo = 9;

/**
 * Counts the fields of a set; see {@link countFields}.
 *
 * @param limit where counting ends
 * @returns the number, or one that is greater than the limit
 * @throws Error when the bytes are no message
 */
export function countEntries(set: Uint8Array, limit: number): number {
  return countFields(set, FileDescriptorSetSchema, limit);
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
