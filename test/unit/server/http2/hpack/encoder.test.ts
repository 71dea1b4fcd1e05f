import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HeaderDecoder } from "../../../../../src/server/http2/hpack/decoder.ts";
import { HeaderEncoder } from "../../../../../src/server/http2/hpack/encoder.ts";

const limits = { tableBytes: 4096, listBytes: 1_000_000, fields: 1000 };

const answer = [
  ...[":status", "200"],
  ...["cache-control", "no-store"],
  ...["content-type", "application/grpc+proto"],
  ...["grpc-encoding", "gzip"],
  ...["vary", "origin"],
];

test("writes fields that repeat as one octet each", () => {
  const encoder = new HeaderEncoder();
  const first = encoder.encode(answer);
  expect(first.length).toBeGreaterThan(answer.length / 2);
  expect(encoder.encode(answer)).toHaveLength(answer.length / 2);
  expect(encoder.encode([...answer])).toHaveLength(answer.length / 2);
  expect(encoder.encode(["grpc-status", "5"]).length).toBeGreaterThan(1);
  expect(encoder.encode(["grpc-status", "5"])).toHaveLength(1);
});

test("gives the same bytes for the same fields while its table stays", () => {
  const encoder = new HeaderEncoder();
  encoder.encode(answer);
  const again = encoder.encode(answer);
  expect(encoder.encode([...answer])).toBe(again);
  encoder.encode(["grpc-status", "0"]);
  expect(encoder.encode(answer)).not.toEqual(again);
});

test("keeps values that differ each time out of the table", () => {
  const encoder = new HeaderEncoder();
  encoder.encode(answer);
  const before = encoder.encode(answer);
  for (let at = 0; at < 1000; at += 1) {
    const text = `${at}`;
    for (const name of ["content-length", "date", "etag", "grpc-message", "location", "x-other"]) {
      encoder.encode([name, text]);
    }
  }
  expect(encoder.encode(answer)).toEqual(before);
});

test.each(["set-cookie", "authorization", "cookie", "proxy-authorization"])(
  "never has anybody index %s",
  (name) => {
    const encoder = new HeaderEncoder();
    const [octet = 0] = encoder.encode([name, "secret"]);
    expect(octet & 0xf0).toBe(0x10);
    expect(encoder.encode([name, "secret"])[0]).toBe(octet);
  },
);

test("does not give the table away for one large value", () => {
  const encoder = new HeaderEncoder();
  encoder.encode(answer);
  const before = encoder.encode(answer);
  encoder.encode(["content-type", "x".repeat(4000)]);
  expect(encoder.encode(answer)).toEqual(before);
});

describe("a client's table size", () => {
  test.each<[string, number[], string]>([
    ["is told once it changes", [100], "3f45"],
    ["of 0 is told", [0], "20"],
    ["is told at its lowest and last", [100, 0, 200], "203fa901"],
    ["that went down and up again is told at both", [0, 4096], "203fe11f"],
    ["is not told where it is more than is used", [65_536], ""],
    ["is not told where it did not change", [4096], ""],
  ])("%s", (_, sizes, updates) => {
    const encoder = new HeaderEncoder();
    for (const size of sizes) encoder.setTableBytes(size);
    const hexOf = (block: Uint8Array) => Buffer.from(block).toString("hex");
    const field = "0001780131";
    expect(hexOf(encoder.encode(["x", "1"]))).toBe(updates + field);
    expect(hexOf(encoder.encode(["x", "1"]))).toBe(field);
  });

  test("of 0 leaves nothing to index", () => {
    const encoder = new HeaderEncoder();
    encoder.encode(answer);
    encoder.setTableBytes(0);
    encoder.encode(answer);
    expect(encoder.encode(answer).length).toBeGreaterThan(answer.length);
  });
});

test.each(["a\r\nb: c", "\0", "\u0100", "\x7f"])("refuses the value %j and goes on", (value) => {
  const encoder = new HeaderEncoder();
  const decoder = new HeaderDecoder(limits);
  expect(() => encoder.encode([":status", "418", "vary", value])).toThrow(TypeError);
  for (let count = 0; count < 2; count += 1) {
    expect(decoder.decode(encoder.encode(answer)).fields).toEqual(answer);
  }
});

test("what it writes decodes to the same, whatever the table sizes between", () => {
  const name = fc.oneof(
    fc.constantFrom(":status", "content-type", "grpc-status", "vary", "set-cookie", "date", "x"),
    fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 300 }),
  );
  const octets = fc.uint8Array({ maxLength: 300 }).map((bytes) =>
    Buffer.from(bytes)
      .toString("latin1")
      .replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, ""),
  );
  const value = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom("200", "0", "gzip", "", "x".repeat(500)) },
    { weight: 1, arbitrary: octets },
  );
  const block = fc.array(fc.tuple(name, value), { maxLength: 12 }).map((fields) => fields.flat());
  const sizes = fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 3 });
  const sequence = fc
    .tuple(fc.array(block, { minLength: 1, maxLength: 5 }), fc.infiniteStream(sizes))
    .chain(([pool]) =>
      fc.array(
        fc.record({ fields: fc.constantFrom(...pool), sizes: fc.option(sizes, { freq: 5 }) }),
      ),
    );
  fc.assert(
    fc.property(sequence, (steps) => {
      const encoder = new HeaderEncoder();
      const decoder = new HeaderDecoder(limits);
      for (const step of steps) {
        for (const size of step.sizes ?? []) encoder.setTableBytes(size);
        expect(decoder.decode(encoder.encode(step.fields)).fields).toEqual(step.fields);
      }
    }),
    { numRuns: 500 },
  );
});

test("a block that is larger than any other is written whole", () => {
  const fields = ["a", "x".repeat(100_000), "b", "y".repeat(70_000)];
  const block = new HeaderEncoder().encode(fields);
  expect(new HeaderDecoder(limits).decode(block).fields).toEqual(fields);
});
