import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CompressionError, HeaderDecoder } from "../../../../../src/server/http2/hpack/decoder.ts";

const limits = { tableBytes: 4096, listBytes: 16_384, fields: 100 };

const decode = (...octets: number[]) => new HeaderDecoder(limits).decode(Buffer.from(octets));

/** A literal without indexing of the name "a" whose value is Huffman-coded. */
const huffman = (...octets: number[]) => [0x00, 0x01, 0x61, 0x80 | octets.length, ...octets];

/** A literal field of a new name that goes into the table. */
const indexed = (name: string, value: string) =>
  Buffer.from(
    `\x40${String.fromCharCode(name.length)}${name}${String.fromCharCode(value.length)}${value}`,
    "latin1",
  );

test.each<[string, number[]]>([
  ["an index of 0", [0x80]],
  ["an index beyond an empty dynamic table", [0xbe]],
  ["a name's index that is in no table", [0x7e, 0x00]],
  ["a huge index", [0xff, 0xff, 0xff, 0xff, 0x7f]],
  ["an index that is too large for an integer", [0xff, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]],
  ["an integer without an end of zeros", [0xff, ...Array<number>(64).fill(0x80)]],
  ["an integer that is cut off", [0xff, 0x80]],
  ["a length that overflows 32 bits", [0x00, 0x7f, 0x82, 0xff, 0xff, 0xff, 0x0f, 0x61]],
  ["no length of a name", [0x00]],
  ["a name that is cut off", [0x00, 0x02, 0x61]],
  ["no value", [0x00, 0x01, 0x61]],
  ["a value that is cut off", [0x00, 0x01, 0x61, 0x03, 0x61, 0x61]],
  ["a Huffman-coded value that is cut off", [0x00, 0x01, 0x61, 0x82, 0x1f]],
  ["a table size update beyond the limit", [0x3f, 0xe2, 0x1f]],
  ["a table size update behind a field", [0x82, 0x20]],
  ["a table size update between fields", [0x82, 0x20, 0x82]],
  ["padding of zeros", huffman(0x18)],
  ["padding that has a zero", huffman(0x1e)],
  ["padding of eight ones", huffman(0x18, 0xc6, 0x31, 0x8c, 0x63, 0xff)],
  ["padding of fifteen ones", huffman(0x1f, 0xff, 0xff)],
  ["EOS", huffman(0xff, 0xff, 0xff, 0xff)],
  ["EOS among octets", huffman(0x1f, 0xff, 0xff, 0xff, 0xfc, 0x1f)],
])("refuses %s", (_, octets) => {
  expect(() => decode(...octets)).toThrow(CompressionError);
});

test.each<[string, number[], string[]]>([
  ["an empty block", [], []],
  [
    "an integer longer than it must be",
    [0x0f, 0x80, 0x80, 0x00, 0x01, 0x61],
    ["accept-charset", "a"],
  ],
  ["no padding", huffman(0x18, 0xc6, 0x31, 0x8c, 0x63), ["a", "aaaaaaaa"]],
  ["padding of seven ones", huffman(0x18, 0xc6, 0x31, 0xff), ["a", "aaaaa"]],
  ["padding of three ones", huffman(0x1f), ["a", "a"]],
  ["an empty Huffman-coded value", huffman(), ["a", ""]],
  ["two table size updates at the beginning", [0x20, 0x3f, 0xe1, 0x1f, 0x82], [":method", "GET"]],
  ["octets of every kind", [0x00, 0x01, 0x61, 0x03, 0x00, 0x80, 0xff], ["a", "\x00\x80\xff"]],
])("takes %s", (_, octets, fields) => {
  expect(decode(...octets).fields).toEqual(fields);
});

describe("the dynamic table", () => {
  test("loses entries to a smaller size, and takes new ones in the larger", () => {
    const decoder = new HeaderDecoder(limits);
    decoder.decode(indexed("a", "1"));
    decoder.decode(Buffer.from([0x20, 0x3f, 0xe1, 0x1f]));
    expect(() => decoder.decode(Buffer.from([0xbe]))).toThrow(CompressionError);
    decoder.decode(indexed("b", "2"));
    expect(decoder.decode(Buffer.from([0xbe])).fields).toEqual(["b", "2"]);
  });

  test("is emptied by a field that is larger than it", () => {
    const decoder = new HeaderDecoder({ ...limits, tableBytes: 64 });
    decoder.decode(indexed("a", "1"));
    expect(decoder.decode(indexed("b", "2".repeat(40))).count).toBe(1);
    expect(() => decoder.decode(Buffer.from([0xbe]))).toThrow(CompressionError);
  });

  test("gives a name whose entry goes for the new one", () => {
    const decoder = new HeaderDecoder({ ...limits, tableBytes: 40 });
    decoder.decode(indexed("a", "1"));
    expect(decoder.decode(Buffer.from([0x7e, 0x01, 0x32])).fields).toEqual(["a", "2"]);
    expect(decoder.decode(Buffer.from([0xbe])).fields).toEqual(["a", "2"]);
  });
});

describe("a list beyond the limits", () => {
  test("keeps what is within the bytes and shows its size", () => {
    const decoder = new HeaderDecoder({ ...limits, listBytes: 68 });
    const block = Buffer.concat([indexed("a", "1"), indexed("b", "2"), indexed("c", "3")]);
    expect(decoder.decode(block)).toEqual({ fields: ["a", "1", "b", "2"], size: 102, count: 3 });
    expect(decoder.decode(Buffer.from([0xbe])).fields).toEqual(["c", "3"]);
  });

  test("keeps what is within the number and shows it", () => {
    const decoder = new HeaderDecoder({ ...limits, fields: 2 });
    expect(decoder.decode(Buffer.from([0x82, 0x84, 0x86]))).toEqual({
      ...{ fields: [":method", "GET", ":path", "/"], count: 3 },
      size: ":methodGET:path/:schemehttp".length + 96,
    });
  });

  test("keeps none of the copies that a small block makes of a large entry", () => {
    const decoder = new HeaderDecoder({ ...limits, listBytes: 8192, fields: 100_000 });
    const length = 0x7f + 3000;
    const integer = [0x7f, 0x80 | (3000 & 0x7f), 3000 >> 7];
    const value = Buffer.alloc(length, "a");
    decoder.decode(Buffer.concat([Buffer.from([0x40, 0x01, 0x61, ...integer]), value]));
    const { fields, size, count } = decoder.decode(Buffer.alloc(16_000, 0xbe));
    expect({ size, count }).toEqual({ size: 16_000 * (length + 1 + 32), count: 16_000 });
    expect(fields).toHaveLength(4);
  });
});

describe("a block that comes again", () => {
  const block = Buffer.from([0x82, 0x86, 0x84, ...huffman(0x1f)]);

  test("gives the same list", () => {
    const decoder = new HeaderDecoder(limits);
    const first = decoder.decode(Buffer.from(block));
    for (let other = 0; other < 3; other += 1) {
      decoder.decode(Buffer.from([0x82 + other]));
      expect(decoder.decode(Buffer.from(block))).toBe(first);
    }
  });

  test("is kept as it was when its bytes are used for something else", () => {
    const decoder = new HeaderDecoder(limits);
    const bytes = Buffer.from(block);
    decoder.decode(bytes);
    bytes.fill(0x83);
    expect(decoder.decode(bytes).fields.slice(0, 2)).toEqual([":method", "POST"]);
  });

  test("means something else after a change of the table", () => {
    const decoder = new HeaderDecoder(limits);
    decoder.decode(indexed("a", "1"));
    expect(decoder.decode(Buffer.from([0xbe])).fields).toEqual(["a", "1"]);
    decoder.decode(indexed("b", "2"));
    expect(decoder.decode(Buffer.from([0xbe])).fields).toEqual(["b", "2"]);
    decoder.decode(Buffer.from([0x20]));
    expect(() => decoder.decode(Buffer.from([0xbe]))).toThrow(CompressionError);
  });

  test("decodes to what it does in blocks that never come again", () => {
    const part = fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 0x82, max: 0xc4 }).map((octet) => [octet]) },
      { weight: 2, arbitrary: fc.constantFrom(...[..."abc"].map((value) => plain(0, value))) },
      { weight: 1, arbitrary: fc.constantFrom(...[..."abc"].map((value) => plain(0x40, value))) },
    );
    const update = fc.constantFrom([], [], [], [], [0x20], [0x3f, 0x45], [0x3f, 0xe1, 0x1f]);
    const blocks = fc
      .tuple(update, fc.array(part, { maxLength: 3 }))
      .map(([size, parts]) => Buffer.from([...size, ...parts.flat()]));
    const sequence = fc
      .array(blocks, { minLength: 1, maxLength: 6 })
      .chain((pool) => fc.array(fc.constantFrom(...pool), { maxLength: 40 }));
    fc.assert(
      fc.property(sequence, (sent) => {
        const decoder = new HeaderDecoder(limits);
        const plainDecoder = new HeaderDecoder(limits);
        for (const [at, bytes] of sent.entries()) {
          const unlike = Buffer.concat([bytes, Buffer.from([0x00, 0x01, 0x6e, 0x01, at])]);
          const expected = listOf(plainDecoder, unlike)?.slice(0, -2);
          expect(listOf(decoder, bytes)).toEqual(expected);
          if (expected === undefined) return;
        }
      }),
      { numRuns: 1000 },
    );
  });
});

/** A literal field of the name "x". */
function plain(form: number, value: string): number[] {
  return [form, 0x01, 0x78, 0x01, value.charCodeAt(0)];
}

/** undefined where the block is refused. */
function listOf(decoder: HeaderDecoder, block: Buffer): readonly string[] | undefined {
  try {
    return decoder.decode(block).fields;
  } catch (error) {
    expect(error).toBeInstanceOf(CompressionError);
    return undefined;
  }
}

test("bytes of any kind give a list or are refused", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 8 }), (blocks) => {
      const decoder = new HeaderDecoder({ ...limits, listBytes: 200, fields: 4 });
      for (const block of blocks) {
        const fields = listOf(decoder, Buffer.from(block));
        if (fields === undefined) return;
        expect(fields.length).toBeLessThanOrEqual(8);
        expect(fields.join("").length).toBeLessThanOrEqual(200);
      }
    }),
    { numRuns: 2000 },
  );
});
