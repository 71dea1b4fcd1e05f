import fc from "fast-check";
import { expect, test } from "vitest";
import { plainOrigin } from "../../src/egress/plain-origin.ts";

const pieces = [
  ...["http", "https", "ftp", "HTTP", "://", ":", "/", "//", "\\", "?", "#", "@", "%2e", "%", "."],
  ...[
    "example.com",
    "10.0.0.1",
    "0x7f.1",
    "017700000001",
    "localhost",
    "a",
    "A",
    "é",
    "xn--a",
    "-",
  ],
  ...["[::1]", ":80", ":443", ":65536", ":0", " ", "\t", "\n", "\u00ad", "。", "user:pw", "1"],
];
const endpoints = fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((all) => all.join(""));
const webEndpoints = fc
  .tuple(fc.constantFrom("http://", "https://"), endpoints, fc.string())
  .map((all) => all.join(""));

const originOf = (text: string) => {
  const url = URL.parse(text);
  return url && [url.protocol, url.username, url.password, url.hostname, url.port];
};

test("what is taken as an origin without parsing is what a parser finds in the whole endpoint", () => {
  fc.assert(
    fc.property(fc.oneof(endpoints, webEndpoints), (endpoint) => {
      const origin = plainOrigin(endpoint);
      if (origin === undefined) return;
      expect(endpoint.startsWith(origin)).toBe(true);
      expect(originOf(origin)).toEqual(originOf(endpoint));
    }),
    { numRuns: 20_000 },
  );
});

test.each([
  ["https://example.com/a?b", "https://example.com"],
  ["https://example.com?b", "https://example.com"],
  ["http://example.com:8080", "http://example.com:8080"],
  ["http://10.0.0.1/", "http://10.0.0.1"],
  ["http://Example.com/", undefined],
  ["http://user@example.com/", undefined],
  ["http://example.com@10.0.0.1/", undefined],
  ["http://example.com\\@10.0.0.1/", undefined],
  ["http://example.com#@10.0.0.1/", undefined],
  ["http://exam\nple.com/", undefined],
  [" http://example.com/", undefined],
  ["http://[::1]/", undefined],
])("the origin of %j is %j", (endpoint, origin) => {
  expect(plainOrigin(endpoint)).toBe(origin);
});
