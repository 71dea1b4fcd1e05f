/** Frames of streams, and in which states they may come (RFC 9113 section 5.1 and 6). */
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
  windowUpdate,
} from "../../../support/http2-frames.ts";
import { frame } from "../../../support/port.ts";
import {
  expectOutcome,
  halves,
  openBegun,
  openEcho,
  outcomeOf,
  type ProtocolCase,
  protocolCase,
  streamEnd,
} from "./support/halves.ts";

const { endStream, endHeaders, padded, priority } = flags;
const answered = "200 GET 0";
const protocol = "GOAWAY PROTOCOL_ERROR";
const closed = "RST_STREAM STREAM_CLOSED or GOAWAY STREAM_CLOSED";
const malformed = "RST_STREAM PROTOCOL_ERROR or 400";
const getBlock = literals(fieldsOf.get());
const whole = endHeaders | endStream;

/** A whole request, which is handled whatever comes behind it. */
const first = (stream: number) => headers(stream, fieldsOf.get("/first"));

const stateCases: readonly ProtocolCase[] = [
  protocolCase("DATA of an idle stream", protocol, data(1, "x")),
  protocolCase("RST_STREAM of an idle stream", protocol, reset(1)),
  protocolCase("WINDOW_UPDATE of an idle stream", protocol, windowUpdate(1, 1)),
  protocolCase("CONTINUATION of an idle stream", protocol, continuation(1, getBlock)),
  protocolCase("DATA after the end of a request", closed, first(1), data(1, "x")),
  protocolCase("HEADERS after the end of a request", closed, first(1), headers(1)),
  protocolCase("PRIORITY of an idle stream", answered, frame(2, 0, 1, priorityOn(0)), headers(1)),
  protocolCase(
    "PRIORITY after the end of a request",
    answered,
    headers(1),
    frame(2, 0, 1, priorityOn(0)),
  ),
  protocolCase(
    "WINDOW_UPDATE after the end of a request",
    answered,
    headers(1),
    windowUpdate(1, 9),
  ),
  protocolCase("a stream of an even number", protocol, headers(2)),
  protocolCase(
    "a stream of a lower number than the one before",
    `${protocol} but node:http2: connection goes on`,
    first(5),
    headers(3),
  ),
  protocolCase(
    "a stream that was passed over",
    `${protocol} or GOAWAY STREAM_CLOSED but node:http2: connection goes on`,
    first(7),
    open(3),
  ),
];

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

const windowCases: readonly ProtocolCase[] = [
  protocolCase(
    "WINDOW_UPDATE of a stream by 0",
    `RST_STREAM PROTOCOL_ERROR or ${protocol}`,
    open(1),
    windowUpdate(1, 0),
  ),
  protocolCase(
    "WINDOW_UPDATE of a stream beyond 2^31 - 1",
    "RST_STREAM FLOW_CONTROL_ERROR but node:http2: GOAWAY FLOW_CONTROL_ERROR",
    open(1),
    windowUpdate(1, 2 ** 31 - 1),
  ),
  protocolCase(
    "WINDOW_UPDATE of a stream of 5 bytes",
    "GOAWAY FRAME_SIZE_ERROR",
    open(1),
    frame(8, 0, 1, Buffer.alloc(5)),
  ),
  protocolCase(
    "INITIAL_WINDOW_SIZE that makes a window larger than 2^31 - 1",
    "GOAWAY FLOW_CONTROL_ERROR",
    open(1),
    windowUpdate(1, 2 ** 30),
    settings({ 4: 2 ** 30 }),
  ),
];

describe.each(halves)("frames of a stream with %s", (half) => {
  test.each([
    ...stateCases,
    ...paddingCases,
    ...continuationCases,
    ...trailerCases,
    ...windowCases,
  ])("$name", (tried) => expectOutcome(half, tried));

  test.each([
    ["WINDOW_UPDATE", windowUpdate(1, 1)],
    ["RST_STREAM", reset(1)],
    ["PRIORITY", frame(2, 0, 1, priorityOn(0))],
  ])("%s of a stream that is closed is ignored", async (_, late) => {
    const peer = await openBegun(await openEcho(half));
    peer.send(headers(1));
    await streamEnd(peer, 1);
    expect(await outcomeOf(peer, [late])).toBe(answered);
  });

  test.each([
    ["DATA", data(1, "x")],
    ["HEADERS", headers(1)],
    ["trailers", headers(1, ["a", "b"])],
  ])("%s of a stream that is closed are an error or are ignored", async (_, late) => {
    const port = await openEcho(half);
    const peer = await openBegun(port);
    peer.send(headers(1));
    await streamEnd(peer, 1);
    const outcome = await outcomeOf(peer, [late], false);
    const allowed = ["connection goes on", "GOAWAY STREAM_CLOSED", protocol];
    expect(allowed).toContain(outcome);
    expect(port.handled.filter((path) => path === "/")).toEqual(["/"]);
  });

  test("a stream that the client resets is not handled, and others go on", async () => {
    const port = await openEcho(half);
    const peer = await openBegun(port);
    peer.send(open(1), data(1, "x"), reset(1), headers(3));
    await streamEnd(peer, 3);
    expect(await outcomeOf(peer, [data(1, "late")], false)).toMatch(/goes on|STREAM_CLOSED/);
    expect(port.handled.filter((path) => path === "/")).toEqual(["/"]);
  });

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
