import fc from "fast-check";
import { expect, test } from "vitest";
import { mostParts, secretFinder } from "../../../src/execution/repeated-secret.ts";

const repeats = secretFinder({
  headerValues: ["Bearer tok-123456", 'quote"d-secret', "no", "a,list;of=longer-parts"],
  signatures: [`t=1790000000,v1=${"ab".repeat(32)}`, `v1,${"Zm9v".repeat(11)}=`],
});

test.each([
  ["a value", "x Bearer tok-123456 x"],
  ["the credential of a value", '{"token":"tok-123456"}'],
  ["a part of a list", "longer-parts"],
  ["a value as it is", 'quote"d-secret'],
  ["a value in JSON", JSON.stringify({ echo: 'quote"d-secret' })],
  ["a signature in hex", "ab".repeat(32)],
  ["a signature in base64", `v1,${"Zm9v".repeat(11)}=`],
  ["one far behind", `${"x".repeat(100_000)}tok-123456`],
])("%s is found", (_what, body) => {
  expect(repeats(Buffer.from(body))).toBe(true);
});

test.each([
  ["nothing", ""],
  ["a short value", "no"],
  ["the time of a signature", "t=1790000000"],
  ["the beginning of a value", "tok-12345"],
  ["another case", "TOK-123456"],
])("%s is not", (_what, body) => {
  expect(repeats(Buffer.from(body))).toBe(false);
});

test.each([
  ["in what is asked for", 94, true],
  ["on its edge", 99, true],
  ["behind it", 100, false],
])("a value that begins %s", (_what, place, expected) => {
  expect(repeats(Buffer.from(`${" ".repeat(place)}tok-123456`), 100)).toBe(expected);
});

test("of an answer no more is read than what is asked for and a bounded rest", () => {
  const read: unknown[] = [];
  const answer = Buffer.alloc(1 << 20, "tok-");
  const subarray = (...range: [number, number]) => {
    read.push(range);
    return Buffer.from(answer.subarray(...range));
  };
  const { length } = answer;
  const answered = { length, subarray } as unknown as Buffer;
  expect(repeats(answered, 1024)).toBe(false);
  expect(read).toEqual([[0, 1024 + 64]]);
});

test("the beginning of a long part is enough", () => {
  const long = secretFinder({ headerValues: ["k".repeat(4000)], signatures: [] });
  expect(long("k".repeat(63))).toBe(false);
  expect(long(`x${"k".repeat(64)}x`)).toBe(true);
});

test("with too many parts to look for, every answer repeats some", () => {
  const parts = Array.from({ length: mostParts }, (_, index) => `part-${index}`);
  const find = (values: readonly string[]) =>
    secretFinder({ headerValues: [values.join(" ")], signatures: [] })("harmless");
  expect(find(parts)).toBe(false);
  expect(find([...parts, "one-more"])).toBe(true);
});

test("of any parts, what contains one is found, and nothing else", () => {
  // Few letters, so that parts begin alike, contain one another and come often.
  const text = (shape: { minLength?: number; maxLength: number }) =>
    fc.string({ ...shape, unit: fc.constantFrom("a", "b", '"', "é") });
  const values = fc.array(text({ minLength: 6, maxLength: 9 }), { maxLength: 20 });
  fc.assert(
    fc.property(values, text({ maxLength: 200 }), (headerValues, answered) => {
      const wanted = headerValues.flatMap((value) => [value, JSON.stringify(value).slice(1, -1)]);
      const expected = wanted.some((value) => answered.includes(value));
      const find = secretFinder({ headerValues, signatures: [] });
      expect(find(answered)).toBe(expected);
      expect(find(Buffer.from(answered))).toBe(expected);
    }),
  );
});
