/** Requests that are malformed (RFC 9113 section 8), and some that only look so. */
import { describe, test } from "vitest";
import {
  continuation,
  data,
  fieldsOf,
  flags,
  headers,
  lastData,
  literals,
  open,
} from "../../../support/http2-frames.ts";
import { expectOutcome, halves, type ProtocolCase, protocolCase } from "./support/halves.ts";

const malformed = "RST_STREAM PROTOCOL_ERROR or 400";
const answered = "200 GET 0";
/** nghttp2 takes such fields away, and hands the rest of the request on. */
const dropped = `${malformed} but node:http2: ${answered}`;

const pseudo = fieldsOf.get();
const without = (name: string) => pseudo.toSpliced(pseudo.indexOf(name), 2);
const withValue = (name: string, value: string) => pseudo.with(pseudo.indexOf(name) + 1, value);
const get = (...more: readonly string[]) => headers(1, [...pseudo, ...more]);

const pseudoCases: readonly ProtocolCase[] = [
  ...[":method", ":scheme", ":path"].flatMap((name) => [
    protocolCase(`a request without ${name}`, malformed, headers(1, without(name))),
    protocolCase(
      `a request with ${name} twice`,
      malformed,
      get(name, pseudo[pseudo.indexOf(name) + 1] ?? ""),
    ),
    protocolCase(`a request with an empty ${name}`, malformed, headers(1, withValue(name, ""))),
    protocolCase(
      `a request with ${name} behind other fields`,
      malformed,
      headers(1, [...without(name), "x", "1", name, pseudo[pseudo.indexOf(name) + 1] ?? ""]),
    ),
  ]),
  protocolCase("a request without fields", malformed, headers(1, [])),
  protocolCase("a request with :authority twice", malformed, get(":authority", "a")),
  protocolCase(
    "a request with a pseudo-header that nobody knows",
    malformed,
    headers(1, [":x", "1", ...pseudo]),
  ),
  protocolCase(
    "a request with the pseudo-header of answers",
    malformed,
    headers(1, [":status", "200", ...pseudo]),
  ),
  protocolCase("a path that is none", malformed, headers(1, withValue(":path", "x"))),
  protocolCase(
    "a path of * that is not of OPTIONS",
    malformed,
    headers(1, withValue(":path", "*")),
  ),
  protocolCase("a path with a line break", malformed, headers(1, withValue(":path", "/\r\nx: 1"))),
  protocolCase("a path with a space", malformed, headers(1, withValue(":path", "/ HTTP/1.1"))),
  protocolCase("a method with a space", malformed, headers(1, withValue(":method", "GET /"))),
  protocolCase(
    "an authority with a line break",
    malformed,
    headers(1, withValue(":authority", "a\r\nx: 1")),
  ),
  protocolCase("CONNECT with a path", malformed, headers(1, withValue(":method", "CONNECT"))),
  protocolCase(
    "OPTIONS of *",
    "200 OPTIONS 0",
    headers(1, [":method", "OPTIONS", ":scheme", "http", ":path", "*", ":authority", "a"]),
  ),
  protocolCase(
    "a host instead of :authority",
    answered,
    headers(1, [...without(":authority"), "host", "a"]),
  ),
];

const long = "x".repeat(20);

const fieldCases: readonly ProtocolCase[] = [
  ...[
    ["X-Upper", "1"],
    ["connection", "close"],
    ["connection", "x"],
    ["keep-alive", "timeout=5"],
    ["proxy-connection", "close"],
    ["transfer-encoding", "chunked"],
    ["upgrade", "h2c"],
    ["te", "gzip"],
    ["te", "trailers, gzip"],
  ].map((field) => protocolCase(`the field ${JSON.stringify(field)}`, malformed, get(...field))),
  ...[
    ["", "1"],
    ["a b", "1"],
    ["a:b", "1"],
    ["a\0", "1"],
    ["a\r\nb", "1"],
    ["a\x7f", "1"],
    ["\xe9", "1"],
    ["x", "a\0"],
    ["x", "a\rb"],
    ["x", "a\nb"],
    ["x", "a\r\nb: 1"],
    ["x", " 1"],
    ["x", "1\t"],
  ].map((field) => protocolCase(`the field ${JSON.stringify(field)}`, dropped, get(...field))),
  protocolCase(
    "a field in the second frame of the block",
    malformed,
    headers(1, literals(pseudo), flags.endStream),
    continuation(1, literals(["connection", "x"])),
  ),
  protocolCase("te of trailers", answered, get("te", "trailers")),
  protocolCase("a cookie in pieces", answered, get("cookie", "a=b", "cookie", "c=d")),
  protocolCase("an empty value", answered, get("x", "")),
  protocolCase("octets beyond ASCII in a value", answered, get("x", "\xe9\xff")),
  protocolCase("every character that a name may have", answered, get("!#$%&'*+-.^_`|~0z", long)),
];

const longer = `${malformed} but node:http2: GOAWAY INTERNAL_ERROR`;

const lengthCases: readonly ProtocolCase[] = [
  protocolCase(
    "a body as long as it says",
    "200 POST 3",
    open(1, "content-length", "3"),
    lastData(1, "abc"),
  ),
  protocolCase(
    "a body of the said length in pieces",
    "200 POST 3",
    open(1, "content-length", "3"),
    data(1, "ab"),
    data(1, "c"),
    lastData(1),
  ),
  protocolCase("no body where it says 0", answered, get("content-length", "0")),
  protocolCase(
    "a body that is shorter than it says",
    malformed,
    open(1, "content-length", "4"),
    lastData(1, "abc"),
  ),
  protocolCase(
    "a body that is longer than it says",
    longer,
    open(1, "content-length", "2"),
    lastData(1, "abc"),
  ),
  protocolCase(
    "a body that becomes longer than it says",
    longer,
    open(1, "content-length", "2"),
    data(1, "ab"),
    data(1, "c"),
  ),
  protocolCase("no body where it says 1", malformed, get("content-length", "1")),
  protocolCase(
    "an empty DATA where it says 1",
    malformed,
    open(1, "content-length", "1"),
    lastData(1),
  ),
  protocolCase(
    "a body that is shorter than it says before trailers",
    malformed,
    open(1, "content-length", "2"),
    data(1, "a"),
    headers(1, ["x", "1"]),
  ),
  protocolCase(
    "padding that does not count as the body",
    malformed,
    open(1, "content-length", "3"),
    data(1, "\x01a\0", flags.padded | flags.endStream),
  ),
  ...["-1", "+1", "1x", "", "0x1", "1.0", "1, 1", "99999999999999999999"].map((text) =>
    protocolCase(
      `a content-length of "${text}"`,
      malformed,
      open(1, "content-length", text),
      lastData(1, "a"),
    ),
  ),
  protocolCase(
    "two lengths",
    malformed,
    open(1, "content-length", "1", "content-length", "2"),
    lastData(1, "a"),
  ),
];

describe.each(halves)("a request to %s", (half) => {
  test.each([...pseudoCases, ...fieldCases, ...lengthCases])("$name", (tried) =>
    expectOutcome(half, tried),
  );
});
