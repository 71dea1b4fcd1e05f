/** The examples of RFC 7541 appendix C. */
import { describe, expect, test } from "vitest";
import { CompressionError, HeaderDecoder } from "../../../../../src/server/http2/hpack/decoder.ts";

const limits = { tableBytes: 4096, listBytes: 16_384, fields: 100 };

const bytes = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");

/** A block that names each entry of the dynamic table by its index, the newest first. */
const entries = (count: number) => Buffer.from(Array.from({ length: count }, (_, at) => 0xbe + at));

test.each([
  ["C.2.1", "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572", 1],
  ["C.2.2", "040c 2f73 616d 706c 652f 7061 7468", 0],
  ["C.2.3", "1008 7061 7373 776f 7264 0673 6563 7265 74", 0],
  ["C.2.4", "82", 0],
])("decodes the field of %s and indexes it or not", (section, hex, indexed) => {
  const expected = {
    "C.2.1": ["custom-key", "custom-header"],
    "C.2.2": [":path", "/sample/path"],
    "C.2.3": ["password", "secret"],
    "C.2.4": [":method", "GET"],
  }[section];
  const decoder = new HeaderDecoder(limits);
  expect(decoder.decode(bytes(hex)).fields).toEqual(expected);
  if (indexed === 1) expect(decoder.decode(entries(1)).fields).toEqual(expected);
  expect(() => decoder.decode(Buffer.from([0xbe + indexed]))).toThrow(CompressionError);
});

interface Step {
  readonly hex: string;
  readonly fields: readonly string[];
  /** What the dynamic table holds afterwards. */
  readonly table: readonly string[];
}

const request = (scheme: string, path: string) =>
  [":method", "GET", ":scheme", scheme, ":path", path, ":authority", "www.example.com"] as const;

const requestFields = [
  request("http", "/"),
  [...request("http", "/"), "cache-control", "no-cache"],
  [...request("https", "/index.html"), "custom-key", "custom-value"],
] as const;
const requestTables = [
  [":authority", "www.example.com"],
  ["cache-control", "no-cache", ":authority", "www.example.com"],
  ["custom-key", "custom-value", "cache-control", "no-cache", ":authority", "www.example.com"],
] as const;

const location = ["location", "https://www.example.com"] as const;
const date21 = ["date", "Mon, 21 Oct 2013 20:13:21 GMT"] as const;
const date22 = ["date", "Mon, 21 Oct 2013 20:13:22 GMT"] as const;
const isPrivate = ["cache-control", "private"] as const;
const gzip = ["content-encoding", "gzip"] as const;
const cookie = ["set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"] as const;
const status = (code: string) => [":status", code] as const;

const responseFields = [
  [...status("302"), ...isPrivate, ...date21, ...location],
  [...status("307"), ...isPrivate, ...date21, ...location],
  [...status("200"), ...isPrivate, ...date22, ...location, ...gzip, ...cookie],
] as const;
const responseTables = [
  [...location, ...date21, ...isPrivate, ...status("302")],
  [...status("307"), ...location, ...date21, ...isPrivate],
  [...cookie, ...gzip, ...date22],
] as const;

const steps = (
  fields: readonly (readonly string[])[],
  tables: readonly (readonly string[])[],
  hexes: readonly string[],
): readonly Step[] =>
  hexes.map((hex, at) => ({ hex, fields: fields[at] ?? [], table: tables[at] ?? [] }));

const sequences: Readonly<Record<string, readonly Step[]>> = {
  "C.3": steps(requestFields, requestTables, [
    "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
    "8286 84be 5808 6e6f 2d63 6163 6865",
    "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
  ]),
  "C.4": steps(requestFields, requestTables, [
    "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
    "8286 84be 5886 a8eb 1064 9cbf",
    "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
  ]),
  "C.5": steps(responseFields, responseTables, [
    "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
    "4803 3330 37c1 c0bf",
    "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31",
  ]),
  "C.6": steps(responseFields, responseTables, [
    "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
    "4883 640e ffc1 c0bf",
    "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
  ]),
};

describe.each(Object.entries(sequences))("the sequence of %s", (section, sequence) => {
  // The answers are an example of a small table, from which entries go.
  const tableBytes = section >= "C.5" ? 256 : 4096;

  test("decodes to its fields and leaves its table", () => {
    const decoder = new HeaderDecoder({ ...limits, tableBytes });
    for (const { hex, fields, table } of sequence) {
      expect(decoder.decode(bytes(hex)).fields).toEqual(fields);
      const count = table.length / 2;
      expect(decoder.decode(entries(count)).fields).toEqual(table);
      expect(() => decoder.decode(entries(count + 1))).toThrow(CompressionError);
    }
  });
});
