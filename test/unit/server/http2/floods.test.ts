/**
 * Clients that keep the server busy at no cost of their own are cut, whichever way they do it
 * (RFC 9113 section 10.5); docs/bounds.md has the bounds themselves.
 */
import { describe, expect, test } from "vitest";
import { isHttp2 } from "../../../../src/server/request.ts";
import {
  continuation,
  data,
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
import { halves, openBegun, openHalf, settled } from "./support/halves.ts";

/** Small, so that the floods can be. */
const limits = { resets: 20, controlFrames: 20, strayBytes: 70_000 };

/** What is sent for each stream, by the numbers of streams. */
const resets: Readonly<Record<string, (stream: number) => readonly Buffer[]>> = {
  "resets its streams": (stream) => [headers(stream), reset(stream)],
  "resets its streams without an error": (stream) => [headers(stream), reset(stream, 0)],
  "resets its streams with an unknown error": (stream) => [headers(stream), reset(stream, 0x99)],
  "resets streams whose bodies are to come": (stream) => [open(stream), reset(stream)],
  "sends requests that are malformed": (stream) => [headers(stream, [":method", "GET"])],
  "sends windows that do not grow": (stream) => [open(stream), windowUpdate(stream, 0)],
  "sends DATA after the end": (stream) => [headers(stream), data(stream, "x")],
  "sends trailers that are none": (stream) => [open(stream), headers(stream, ["a", "b"], 4)],
  "sends bodies that are shorter than they say": (stream) => [
    open(stream, "content-length", "2"),
    lastData(stream, "x"),
  ],
  "sends priorities that are cut off": (stream) => [
    open(stream),
    frame(2, 0, stream, Buffer.alloc(4)),
  ],
};

const floods: Readonly<Record<string, Buffer>> = {
  PING: ping(),
  "PING answers": frame(6, 1, 0, Buffer.alloc(8)),
  SETTINGS: settings(),
  "SETTINGS that change windows": Buffer.concat([settings({ 4: 0 }), settings({ 4: 65_535 })]),
  "acknowledgements of SETTINGS": frame(4, 1, 0),
  "empty DATA": data(1),
  "DATA of padding alone": data(1, "\0", 8),
  "WINDOW_UPDATE of the connection": windowUpdate(0, 1),
  "WINDOW_UPDATE of a stream": windowUpdate(1, 1),
  GOAWAY: frame(7, 0, 0, Buffer.alloc(8)),
  PRIORITY: frame(2, 0, 1, priorityOn(3)),
  "frames of no known type": frame(0x42, 0, 0),
  "resets of a closed stream": reset(1),
  "large frames of no known type": frame(0x42, 0, 0, Buffer.alloc(16_384)),
};

describe.each(halves)("%s cuts a client that", (half) => {
  test.each(Object.entries(resets))("%s", async (_, of) => {
    const port = await openHalf(half, (_request, response) => void response.end(), limits);
    const peer = await openBegun(port);
    for (let stream = 1; stream < 1000 && !peer.ended(); stream += 20) {
      const some = Array.from({ length: 10 }, (_, at) => of(stream + 2 * at));
      peer.send(...some.flat());
      await settled(peer);
    }
    expect(peer.ended()).toBe(true);
  });

  test.each(Object.entries(floods))("sends %s without end", async (_, flood) => {
    const peer = await openBegun(await openHalf(half, () => undefined, limits));
    peer.send(open(1));
    for (let sent = 0; sent < 20_000 && !peer.ended(); sent += 500) {
      peer.send(...Array<Buffer>(500).fill(flood));
      await settled(peer);
    }
    expect(peer.ended()).toBe(true);
  });
});

test("cuts a client that sends long headers on a stream that was closed before its end", async () => {
  const port = await openHalf(
    "our own",
    (_request, response) => void (isHttp2(response) && response.stream.close(8)),
    limits,
  );
  const peer = await openBegun(port);
  peer.send(open(1));
  await peer.until(() => peer.frames.some(({ stream }) => stream === 1));
  const block = literals(["a", "x".repeat(4000)]);
  const trailers = [headers(1, block, 1), continuation(1, Buffer.alloc(0))];
  for (let sent = 0; sent < 100 && !peer.ended(); sent += 10) {
    peer.send(...Array(10).fill(trailers).flat());
    await settled(peer);
  }
  expect(peer.ended()).toBe(true);
});
