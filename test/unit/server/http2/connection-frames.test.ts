/** Frames of the connection itself (RFC 9113 section 3.4, 4 and 6), sound and not. */
import { describe, expect, onTestFinished, test } from "vitest";
import {
  continuation,
  data,
  flags,
  headers,
  lastData,
  literals,
  open,
  ping,
  priorityOn,
  reset,
  settings,
  uint32,
  windowUpdate,
} from "../../../support/http2-frames.ts";
import { frameTypes, openPeer } from "../../../support/http2-peer.ts";
import { frame, frames } from "../../../support/port.ts";
import {
  connectionError,
  expectOutcome,
  halves,
  openBegun,
  openEcho,
  type ProtocolCase,
  protocolCase,
} from "./support/halves.ts";

const types = frameTypes;
const get = headers(1);
const answered = "200 GET 0";
const protocol = "GOAWAY PROTOCOL_ERROR";
const frameSize = "GOAWAY FRAME_SIZE_ERROR";
const flow = "GOAWAY FLOW_CONTROL_ERROR";
const setting = (identifier: number, value: number) => settings({ [identifier]: value });
const zeros = (length: number) => Buffer.alloc(length);

const settingsCases: readonly ProtocolCase[] = [
  protocolCase("SETTINGS that acknowledge and say something", frameSize, frame(4, 1, 0, zeros(6))),
  protocolCase("SETTINGS of a stream", protocol, frame(4, 0, 1, zeros(0))),
  protocolCase("SETTINGS that are cut off", frameSize, frame(4, 0, 0, zeros(5))),
  protocolCase("ENABLE_PUSH of 2", protocol, setting(2, 2)),
  protocolCase("INITIAL_WINDOW_SIZE of 2^31", flow, setting(4, 2 ** 31)),
  protocolCase("MAX_FRAME_SIZE of 16,383", protocol, setting(5, 16_383)),
  protocolCase("MAX_FRAME_SIZE of 2^24", protocol, setting(5, 2 ** 24)),
  protocolCase("ENABLE_PUSH of 0 and 1", answered, setting(2, 0), setting(2, 1), get),
  protocolCase("MAX_CONCURRENT_STREAMS of 0", answered, setting(3, 0), get),
  protocolCase("MAX_FRAME_SIZE of 2^24 - 1", answered, setting(5, 2 ** 24 - 1), get),
  protocolCase("MAX_HEADER_LIST_SIZE of 1", answered, setting(6, 1), get),
  protocolCase("HEADER_TABLE_SIZE of 0", answered, setting(1, 0), get),
  protocolCase("HEADER_TABLE_SIZE of 2^32 - 1", answered, setting(1, 2 ** 32 - 1), get),
  protocolCase("a setting that nobody knows", answered, setting(0x7777, 1), get),
  protocolCase("an acknowledgement too many", `${answered} or ${protocol}`, frame(4, 1, 0), get),
];

const controlCases: readonly ProtocolCase[] = [
  protocolCase("a PING of a stream", protocol, frame(types.ping, 0, 1, zeros(8))),
  protocolCase("a PING of 7 bytes", frameSize, frame(types.ping, 0, 0, zeros(7))),
  protocolCase("a PING of 9 bytes", frameSize, frame(types.ping, 0, 0, zeros(9))),
  protocolCase(
    "an answer to no PING",
    `${answered} but node:http2: GOAWAY INTERNAL_ERROR`,
    frame(types.ping, 1, 0, zeros(8)),
    get,
  ),
  protocolCase("a GOAWAY of a stream", protocol, frame(types.goaway, 0, 1, zeros(8))),
  protocolCase("a GOAWAY of 7 bytes", frameSize, frame(types.goaway, 0, 0, zeros(7))),
  protocolCase("a WINDOW_UPDATE of 3 bytes", frameSize, frame(8, 0, 0, zeros(3))),
  protocolCase("a WINDOW_UPDATE of the connection by 0", protocol, windowUpdate(0, 0)),
  protocolCase("a WINDOW_UPDATE beyond 2^31 - 1", flow, windowUpdate(0, 2 ** 31 - 1)),
  protocolCase("PUSH_PROMISE", protocol, open(1), frame(types.push, 4, 1, uint32(2))),
  protocolCase(
    "a PRIORITY of no stream",
    `${protocol} but node:http2: connection goes on`,
    frame(2, 0, 0, priorityOn(3)),
  ),
  protocolCase("a RST_STREAM of no stream", protocol, reset(0)),
  protocolCase("a RST_STREAM of 3 bytes", frameSize, open(1), frame(3, 0, 1, zeros(3))),
  protocolCase("DATA of no stream", protocol, data(0, "x")),
  protocolCase("HEADERS of no stream", protocol, headers(0)),
  protocolCase("CONTINUATION of no stream", protocol, continuation(0, zeros(0))),
];

const extensionCases: readonly ProtocolCase[] = [
  protocolCase("a frame of no known type", answered, frame(0x42, 0xff, 0, zeros(100)), get),
  protocolCase("such a frame of an idle stream", answered, frame(0x42, 0, 1, zeros(1)), get),
  protocolCase(
    "such a frame of an open stream",
    "200 POST 1",
    open(1),
    frame(0x42, 0, 1),
    lastData(1, "x"),
  ),
  protocolCase(
    "such a frame within a header block",
    protocol,
    headers(1, undefined, 1),
    frame(0x42, 0, 1),
    continuation(1, zeros(0)),
  ),
  protocolCase(
    "ALTSVC and ORIGIN of a client",
    answered,
    frame(0xa, 0, 0, zeros(2)),
    frame(0xc, 0, 0),
    get,
  ),
  protocolCase(
    "PRIORITY_UPDATE",
    answered,
    frame(0x10, 0, 0, Buffer.concat([uint32(1), Buffer.from("u=1")])),
    get,
  ),
  protocolCase("unknown flags of PING", answered, frame(types.ping, 0xfe, 0, zeros(8)), get),
  protocolCase(
    "unknown flags of DATA",
    "200 POST 1",
    open(1),
    data(1, "x", 0xf6 | flags.endStream),
  ),
  protocolCase(
    "the reserved bit of a stream's number",
    answered,
    frame(
      1,
      5,
      0x8000_0001,
      literals([":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a"]),
    ),
  ),
];

/** A frame that says that it is longer than what follows. */
const announced = (length: number, type: number, stream: number) => {
  const head = frame(type, 0, stream);
  head.writeUIntBE(length, 0, 3);
  return head;
};
const tooLong = 16_385;

const sizeCases: readonly ProtocolCase[] = [
  protocolCase("DATA of the largest size", "200 POST 16384", open(1), lastData(1, zeros(16_384))),
  protocolCase(
    "DATA that are too long",
    `RST_STREAM FRAME_SIZE_ERROR or ${frameSize}`,
    open(1),
    data(1, zeros(tooLong)),
  ),
  protocolCase("HEADERS that are too long", frameSize, headers(1, zeros(tooLong))),
  protocolCase("SETTINGS that are too long", frameSize, frame(4, 0, 0, zeros(16_386))),
  protocolCase("an unknown frame that is too long", frameSize, frame(0x42, 0, 0, zeros(tooLong))),
  protocolCase(
    "a frame of 2^24 - 1 bytes that do not come",
    frameSize,
    announced(2 ** 24 - 1, 0x42, 0),
  ),
];

const compressionCases: readonly ProtocolCase[] = [
  protocolCase(
    "a header block with an index of 0",
    "GOAWAY COMPRESSION_ERROR",
    headers(1, Buffer.from([0x80])),
  ),
  protocolCase(
    "a header block that is cut off",
    "GOAWAY COMPRESSION_ERROR",
    headers(1, Buffer.from([0x82, 0x00])),
  ),
  protocolCase(
    "a table size beyond the setting",
    "GOAWAY COMPRESSION_ERROR",
    headers(1, Buffer.from([0x3f, 0xe2, 0x1f, 0x82])),
  ),
  protocolCase(
    "trailers that cannot be decoded",
    "GOAWAY COMPRESSION_ERROR",
    open(1),
    headers(1, Buffer.from([0xff])),
  ),
];

describe.each(halves)("frames of a connection with %s", (half) => {
  test.each([
    ...settingsCases,
    ...controlCases,
    ...extensionCases,
    ...sizeCases,
    ...compressionCases,
  ])("$name", (tried) => expectOutcome(half, tried));

  test.each([
    ["another second half", "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", ""],
    ["PING before SETTINGS", frames.preface, ping()],
    ["an acknowledgement before SETTINGS", frames.preface, frame(4, 1, 0)],
    ["a request before SETTINGS", frames.preface, headers(1)],
  ])("a preface with %s ends the connection", async (_, preface, next) => {
    const port = await openEcho(half);
    const peer = await openPeer(port.port);
    onTestFinished(() => peer.destroy());
    peer.send(Buffer.from(preface), Buffer.from(next), headers(3));
    await peer.until(() => false);
    expect(port.handled).toEqual([]);
    expect([undefined, protocol]).toContain(connectionError(peer));
  });

  test("SETTINGS and PING are acknowledged in their order", async () => {
    const peer = await openBegun(await openEcho(half));
    peer.send(ping("abcdefgh"), settings({ 4: 100 }), ping("ABCDEFGH"));
    const acknowledged = () =>
      peer.frames.filter(({ type, flags: bits }) => {
        return (type === types.ping || type === types.settings) && (bits & flags.ack) !== 0;
      });
    await peer.until(() => acknowledged().length === 4);
    expect(acknowledged().map(({ stream, payload }) => `${stream}${payload}`)).toEqual([
      ...["0", "0abcdefgh", "0", "0ABCDEFGH"],
    ]);
  });

  test("the server begins with its SETTINGS", async () => {
    const peer = await openBegun(await openEcho(half));
    await peer.until(() => peer.frames.length > 1);
    expect(peer.frames[0]).toMatchObject({ type: types.settings, flags: 0, stream: 0 });
  });

  test("a client that is done is answered, and the connection ends", async () => {
    const port = await openEcho(half);
    const peer = await openBegun(port);
    peer.send(open(1), frame(types.goaway, 0, 0, Buffer.concat([zeros(8), Buffer.from("why")])));
    peer.send(lastData(1, "x"));
    await peer.until(() => false);
    expect(port.handled).toEqual(["/"]);
    expect(connectionError(peer)).toBeUndefined();
    expect(peer.frames.some(({ stream, flags: bits }) => stream === 1 && bits & 1)).toBe(true);
  });
});
