/** Frames of streams, and in which states they may come (RFC 9113 section 5.1 and 6). */
import { describe, expect, test } from "vitest";
import {
  continuation,
  data,
  fieldsOf,
  headers,
  literals,
  open,
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

const answered = "200 GET 0";
const protocol = "GOAWAY PROTOCOL_ERROR";
const closed = "RST_STREAM STREAM_CLOSED or GOAWAY STREAM_CLOSED";
const getBlock = literals(fieldsOf.get());

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
  test.each([...stateCases, ...windowCases])("$name", (tried) => expectOutcome(half, tried));

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
});
