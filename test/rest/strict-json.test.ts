import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maxJsonDepth, maxJsonValues, parseStrictJson } from "../../src/json/strict-json.ts";
import { apiErrorOf } from "./support/errors.ts";

const parse = (text: string) => parseStrictJson(Buffer.from(text));

const refused: readonly [string, string][] = [
  ["trailing text", "{} x"],
  ["two values", "{}{}"],
  ["a trailing comma", '{"a":1,}'],
  ["a trailing comma in an array", "[1,]"],
  ["a missing comma", "[1 2]"],
  ["a missing colon", '{"a" 1}'],
  ["a missing value", '{"a":}'],
  ["an unquoted key", "{a:1}"],
  ["a single quote", "{'a':1}"],
  ["an open object", '{"a":1'],
  ["an open array", "[1"],
  ["a wrong bracket", "[1}"],
  ["a wrong brace", '{"a":1]'],
  ["an open string", '"abc'],
  ["an open escape", '"abc\\'],
  ["an unknown escape", '"\\x"'],
  ["a short unicode escape", '"\\u12"'],
  ["a line break in a string", '"a\nb"'],
  ["a NUL in a string", '"a\0b"'],
  ["a leading zero", "01"],
  ["a leading plus", "+1"],
  ["a bare minus", "-"],
  ["a bare point", "1."],
  ["a leading point", ".5"],
  ["an empty exponent", "1e"],
  ["NaN", "NaN"],
  ["Infinity", "Infinity"],
  ["a capital literal", "True"],
  ["a cut literal", "nul"],
  ["a comment", "{}//"],
  ["a no-break space", "\u00a0{}"],
  ["a byte order mark", "\ufeff{}"],
  ["a lone high surrogate", '"\\ud800"'],
  ["a lone low surrogate", '"\\udc00"'],
  ["a high surrogate before text", '"\\ud800a"'],
  ["two high surrogates", '"\\ud800\\ud800"'],
  ["a lone surrogate in a key", '{"\\ud800":1}'],
  ["a duplicate key", '{"a":1,"a":2}'],
  ["a duplicate key in another spelling", '{"a":1,"\\u0061":2}'],
  ["a duplicate key deep inside", '{"a":[{"b":{"c":1,"c":1}}]}'],
  ["a duplicate __proto__", '{"__proto__":1,"__proto__":2}'],
];

describe("parseStrictJson", () => {
  it.each(refused)("refuses %s", (_, text) => {
    expect(apiErrorOf(() => parse(text)).id).toBe("TARGETD-MALFORMED");
  });

  it.each([
    ["a lone continuation byte", [0x22, 0x80, 0x22]],
    ["an overlong form", [0x22, 0xc0, 0xaf, 0x22]],
    ["an encoded surrogate", [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ["a cut character", [0x22, 0xe2, 0x82]],
    ["UTF-16", [0xff, 0xfe, 0x7b, 0x00]],
  ])("refuses %s", (_, bytes) => {
    expect(apiErrorOf(() => parseStrictJson(Uint8Array.from(bytes))).id).toBe("TARGETD-MALFORMED");
  });

  it("names the byte that is not UTF-8, after a replacement character that is", () => {
    const bytes = Buffer.concat([Buffer.from('"\ufffd'), Buffer.from([0x80]), Buffer.from('"')]);
    expect(apiErrorOf(() => parseStrictJson(bytes)).message).toContain("byte 5 ");
  });

  it("names line, column and keys, and never a value", () => {
    const text = '{"name": "hush",\n "headers": {"a": ["hush", "hush\\ud800"]}}';
    const { message } = apiErrorOf(() => parse(text));
    expect(message).toContain("line 2, column 33, $.headers.a[1]");
    expect(message).not.toContain("hush");
  });

  it("cuts the keys that it names", () => {
    const text = `{"${"k".repeat(1000)}": x}`;
    expect(apiErrorOf(() => parse(text)).message.length).toBeLessThan(250);
  });

  it("tells nothing from a value", () => {
    expect(parse("")).toBeUndefined();
    expect(parse(" \r\n\t")).toBeUndefined();
    expect(parse("null")).toBeNull();
  });

  it("takes __proto__ as an ordinary key", () => {
    const value = parse('{"__proto__":{"x":1},"a":{"__proto__":2}}');
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value as object)).toEqual(["__proto__", "a"]);
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  it.each([
    ["arrays", "[", "]"],
    ["objects", '{"a":', "}"],
  ])("takes %s nested as deep as the limit and no deeper", (_, open, close) => {
    const nested = (levels: number) => `${open.repeat(levels)}1${close.repeat(levels)}`;
    expect(parse(nested(maxJsonDepth))).toBeDefined();
    expect(apiErrorOf(() => parse(nested(maxJsonDepth + 1))).id).toBe("TARGETD-MALFORMED");
    const empty = `${"[".repeat(maxJsonDepth)}[]${"]".repeat(maxJsonDepth)}`;
    expect(apiErrorOf(() => parse(empty)).id).toBe("TARGETD-MALFORMED");
  });

  it("takes as many values as the limit and no more", () => {
    const values = (count: number) => `[${"1,".repeat(count - 2)}{}]`;
    expect(parse(values(maxJsonValues))).toHaveLength(maxJsonValues - 1);
    const refused = apiErrorOf(() => parse(values(maxJsonValues + 1)));
    expect(refused.message).toContain(`more than ${maxJsonValues} values`);
  });

  it.each([["["], ['{"a":'], ['{"a":[']])("survives 100,000 times %j", (open) => {
    expect(apiErrorOf(() => parse(open.repeat(100_000))).id).toBe("TARGETD-MALFORMED");
  });

  it("reads a body of 4 MiB", () => {
    const size = 4 * 1024 * 1024 - 2;
    expect(parse(`"${"a".repeat(size)}"`)).toHaveLength(size);
    expect(parse(`"${"\\n".repeat(size / 2)}"`)).toHaveLength(size / 2);
    expect(parse(`1${"0".repeat(size)}`)).toBe(Number.POSITIVE_INFINITY);
  });

  it("agrees with JSON.parse on valid JSON", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom(0, 1, "\t"), (text, indent) => {
        const pretty = JSON.stringify(JSON.parse(text), null, indent);
        expect(parse(pretty)).toEqual(JSON.parse(pretty));
      }),
    );
  });

  it("takes exactly the texts that JSON.parse takes, duplicate keys aside", () => {
    const soup = fc.string({ unit: fc.constantFrom(...'{}[]",:\\untrfalse0123.-+eE \n') });
    const broken = fc
      .tuple(fc.json({ maxDepth: 3 }), fc.nat(40), fc.nat(3), soup)
      .map(([text, at, cut, more]) => text.slice(0, at) + more.slice(0, 2) + text.slice(at + cut));
    fc.assert(
      fc.property(fc.oneof(soup, broken), (text) => {
        const ours = outcome(() => parse(text));
        const theirs = outcome(() => JSON.parse(text));
        if (/duplicate|surrogate/.test(ours.problem)) return;
        if (text.trim() !== "") expect(ours.problem === "").toBe(theirs.problem === "");
        if (ours.problem === "" && text.trim() !== "") expect(ours.value).toEqual(theirs.value);
      }),
      { numRuns: 2000 },
    );
  });
});

function outcome(run: () => unknown): { value: unknown; problem: string } {
  try {
    return { value: run(), problem: "" };
  } catch (error) {
    return { value: undefined, problem: String(error) };
  }
}
