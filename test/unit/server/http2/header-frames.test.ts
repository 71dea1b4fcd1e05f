/** Padding, priorities and header blocks in several frames (RFC 9113 section 6.1, 6.2, 6.10 and 8.1). */
import { describe, expect, test } from "vitest";
import {
  continuation,
  data,
  fieldsOf,
  flags,
  headers,
  lastData,
  literals,
  open,
  ping,
  priorityOn,
  reset,
  settings,
} from "../../../support/http2-frames.ts";
import { frame } from "../../../support/port.ts";
import {
  expectOutcome,
  halves,
  openBegun,
  openEcho,
  type ProtocolCase,
  protocolCase,
  streamEnd,
} from "./support/halves.ts";

const { endStream, endHeaders, padded, priority } = flags;
const answered = "200 GET 0";
const protocol = "GOAWAY PROTOCOL_ERROR";
const malformed = "RST_STREAM PROTOCOL_ERROR or 400";
const getBlock = literals(fieldsOf.get());
const whole = endHeaders | endStream;

const longHeaders = (length: number) => Buffer.concat([Buffer.from([length]), getBlock]);

const paddingCases: readonly ProtocolCase[] = [
  protocolCase("padded DATA", "200 POST 2", open(1), data(1, "\x03ab\0\0\0", padded | endStream)),
  protocolCase(
    "DATA of padding alone",
    "200 POST 0",
    open(1),
    data(1, "\x03\0\0\0", padded | endStream),
  ),
  protocolCase(
    "DATA whose padding is of no length",
    "200 POST 1",
    open(1),
    data(1, "\x00a", padded | endStream),
  ),
  protocolCase("padding as long as its DATA", protocol, open(1), data(1, "\x02a", padded)),
  protocolCase("padding longer than its DATA", protocol, open(1), data(1, "\xffa", padded)),
  protocolCase(
    "padded DATA without a length of it",
    `${protocol} or GOAWAY FRAME_SIZE_ERROR`,
    open(1),
    data(1, "", padded),
  ),
  protocolCase(
    "padded HEADERS",
    answered,
    headers(1, Buffer.concat([longHeaders(5), Buffer.alloc(5)]), whole | padded),
  ),
  protocolCase(
    "padding longer than its HEADERS",
    protocol,
    headers(1, longHeaders(0xff), whole | padded),
  ),
  protocolCase(
    "padded HEADERS without a length of it",
    `${protocol} or GOAWAY FRAME_SIZE_ERROR`,
    headers(1, Buffer.alloc(0), whole | padded),
  ),
  protocolCase(
    "HEADERS with a priority",
    answered,
    headers(1, Buffer.concat([priorityOn(0), getBlock]), whole | priority),
  ),
  protocolCase(
    "HEADERS with padding and a priority",
    answered,
    headers(
      1,
      Buffer.concat([Buffer.from([1]), priorityOn(3), getBlock, Buffer.alloc(1)]),
      whole | padded | priority,
    ),
  ),
  protocolCase(
    "HEADERS too short for their priority",
    `${protocol} or GOAWAY FRAME_SIZE_ERROR`,
    headers(1, Buffer.alloc(4), whole | priority),
  ),
  // RFC 9113 has dropped the error that RFC 7540 asked for.
  protocolCase(
    "HEADERS that depend on themselves",
    `${answered} or ${malformed} or ${protocol}`,
    headers(1, Buffer.concat([priorityOn(1), getBlock]), whole | priority),
  ),
  protocolCase(
    "PRIORITY that depends on itself",
    `200 POST 0 or ${malformed} or ${protocol}`,
    open(1),
    frame(2, 0, 1, priorityOn(1)),
    lastData(1),
  ),
  protocolCase(
    "PRIORITY of 4 bytes",
    "RST_STREAM FRAME_SIZE_ERROR or GOAWAY FRAME_SIZE_ERROR",
    open(1),
    frame(2, 0, 1, Buffer.alloc(4)),
  ),
];

const pieces = [getBlock.subarray(0, 3), getBlock.subarray(3, 20), getBlock.subarray(20)] as const;
const begun = headers(1, pieces[0], endStream);

const continuationCases: readonly ProtocolCase[] = [
  protocolCase(
    "a header block of three frames",
    answered,
    begun,
    continuation(1, pieces[1], 0),
    continuation(1, pieces[2]),
  ),
  protocolCase(
    "a header block with empty frames",
    answered,
    headers(1, Buffer.alloc(0), endStream),
    continuation(1, getBlock, 0),
    continuation(1, Buffer.alloc(0)),
  ),
  protocolCase(
    "a body behind CONTINUATION",
    "200 POST 1",
    headers(1, Buffer.alloc(0), 0),
    continuation(1, literals(fieldsOf.post())),
    lastData(1, "x"),
  ),
  protocolCase(
    "padded HEADERS before CONTINUATION",
    answered,
    headers(1, Buffer.concat([Buffer.from([2]), pieces[0], Buffer.alloc(2)]), endStream | padded),
    continuation(1, getBlock.subarray(3)),
  ),
  protocolCase("CONTINUATION of another stream", protocol, begun, continuation(3, pieces[1])),
  protocolCase("DATA within a header block", protocol, begun, data(1, "x")),
  protocolCase("HEADERS within a header block", protocol, begun, headers(1)),
  protocolCase("HEADERS of another stream within a header block", protocol, begun, headers(3)),
  protocolCase("SETTINGS within a header block", protocol, begun, settings()),
  protocolCase("PING within a header block", protocol, begun, ping()),
  protocolCase("RST_STREAM within a header block", protocol, begun, reset(1)),
  protocolCase(
    "CONTINUATION after the end of its block",
    protocol,
    open(1),
    continuation(1, Buffer.alloc(0)),
  ),
  protocolCase(
    "CONTINUATION behind DATA",
    protocol,
    open(1),
    data(1, "x"),
    continuation(1, Buffer.alloc(0)),
  ),
];

const trailerCases: readonly ProtocolCase[] = [
  protocolCase("trailers", "200 POST 1", open(1), data(1, "x"), headers(1, ["x-sum", "1"])),
  protocolCase("trailers without a body", "200 POST 0", open(1), headers(1, ["x-sum", "1"])),
  protocolCase(
    "trailers in two frames",
    "200 POST 0",
    open(1),
    headers(1, Buffer.alloc(0), endStream),
    continuation(1, literals(["a", "b"])),
  ),
  protocolCase(
    "trailers that do not end the stream",
    `${malformed} or ${protocol}`,
    open(1),
    headers(1, ["x-sum", "1"], endHeaders),
  ),
  protocolCase("trailers with a pseudo-header", malformed, open(1), headers(1, [":path", "/"])),
  protocolCase(
    "trailers with a name in upper case",
    malformed,
    open(1),
    headers(1, ["X-Sum", "1"]),
  ),
  protocolCase(
    "trailers with a field of connections",
    malformed,
    open(1),
    headers(1, ["connection", "close"]),
  ),
];

describe.each(halves)("padding and header blocks with %s", (half) => {
  test.each([...paddingCases, ...continuationCases, ...trailerCases])("$name", (tried) =>
    expectOutcome(half, tried),
  );

  test("a header block of endless frames ends the connection", async () => {
    const port = await openEcho(half);
    const peer = await openBegun(port);
    const more = Array<Buffer>(10_000).fill(continuation(1, Buffer.alloc(0), 0));
    peer.send(headers(1, Buffer.alloc(0), endStream), ...more);
    await peer.until(() => false);
    expect(port.handled).toEqual([]);
  });

  test("a header block that is larger than any list ends the connection or its stream", async () => {
    const port = await openEcho(half);
    const peer = await openBegun(port);
    const more = Array<Buffer>(64).fill(continuation(1, literals(["x", "y".repeat(16_000)]), 0));
    peer.send(headers(1, getBlock, endStream), ...more, continuation(1, Buffer.alloc(0)));
    await streamEnd(peer, 1);
    expect(port.handled).toEqual([]);
  });
});
