/** How much of answers is sent, and how much of bodies is taken (RFC 9113 section 5.2 and 6.9). */
import { describe, expect, test } from "vitest";
import {
  data,
  fieldsOf,
  headers,
  lastData,
  open,
  reset,
  settings,
  windowUpdate,
} from "../../../support/http2-frames.ts";
import { frameTypes, type Http2Peer } from "../../../support/http2-peer.ts";
import {
  connectionError,
  type Half,
  halves,
  openBegun,
  openEcho,
  openHalf,
  settled,
  streamEnd,
  streamOutcome,
} from "./support/halves.ts";

const initialWindow = 4;
const defaultWindow = 65_535;

const bytes = (stream: number, count: number) => headers(stream, fieldsOf.get(`/bytes/${count}`));

const sentOn = ({ frames }: Http2Peer, stream: number) =>
  frames
    .filter((frame) => frame.stream === stream && frame.type === frameTypes.data)
    .reduce((sum, { payload }) => sum + payload.length, 0);

const hasAnswer = ({ frames }: Http2Peer, stream: number) =>
  frames.some((frame) => frame.stream === stream && frame.type === frameTypes.headers);

/** nghttp2 sends even the empty frame that ends an answer only into a window that is open. */
function letNodeEnd(half: Half, peer: Http2Peer): void {
  if (half === "node:http2") peer.send(windowUpdate(1, 1));
}

async function begun(half: Half, settingsOfClient: Readonly<Record<number, number>> = {}) {
  const port = await openEcho(half);
  const peer = await openBegun(port);
  peer.send(settings(settingsOfClient));
  await settled(peer);
  return { port, peer };
}

/** Resolves when an answer has begun and as much of it was sent as may be. */
async function filled(peer: Http2Peer, stream: number, count: number): Promise<void> {
  await peer.until(() => hasAnswer(peer, stream) && sentOn(peer, stream) >= count);
  await settled(peer);
  await settled(peer);
}

describe.each(halves)("the flow of answers of %s", (half) => {
  test("waits for a window of the stream, and fills it to the byte", async () => {
    const { peer } = await begun(half, { [initialWindow]: 0 });
    peer.send(bytes(1, 1000));
    await filled(peer, 1, 0);
    expect(sentOn(peer, 1)).toBe(0);
    for (const [increment, sum] of [
      [1, 1],
      [10, 11],
      [500, 511],
    ] as const) {
      peer.send(windowUpdate(1, increment));
      await filled(peer, 1, sum);
      expect(sentOn(peer, 1)).toBe(sum);
    }
    peer.send(windowUpdate(1, 1000));
    await streamEnd(peer, 1);
    expect(sentOn(peer, 1)).toBe(1000);
  });

  test("waits for the window of the connection", async () => {
    const { peer } = await begun(half, { [initialWindow]: 2 ** 31 - 1 });
    peer.send(bytes(1, 100_000));
    await filled(peer, 1, defaultWindow);
    expect(sentOn(peer, 1)).toBe(defaultWindow);
    peer.send(windowUpdate(0, 10));
    await filled(peer, 1, defaultWindow + 10);
    expect(sentOn(peer, 1)).toBe(defaultWindow + 10);
    peer.send(windowUpdate(0, 100_000));
    await streamEnd(peer, 1);
    expect(sentOn(peer, 1)).toBe(100_000);
  });

  test("ends an answer that fills its window to the byte", async () => {
    const { peer } = await begun(half, { [initialWindow]: 1000 });
    peer.send(bytes(1, 1000));
    await filled(peer, 1, 1000);
    letNodeEnd(half, peer);
    await streamEnd(peer, 1);
    expect(sentOn(peer, 1)).toBe(1000);
  });

  test("begins an answer without a body while the window is empty", async () => {
    const { peer } = await begun(half, { [initialWindow]: 0 });
    peer.send(bytes(1, 0));
    letNodeEnd(half, peer);
    await streamEnd(peer, 1);
    expect(streamOutcome(peer, 1)).toBe("200");
  });

  test("widens the windows of open streams with the setting", async () => {
    const { peer } = await begun(half, { [initialWindow]: 10 });
    peer.send(bytes(1, 100), bytes(3, 100));
    await filled(peer, 1, 10);
    await filled(peer, 3, 10);
    peer.send(settings({ [initialWindow]: 30 }));
    await filled(peer, 1, 30);
    await filled(peer, 3, 30);
    expect([sentOn(peer, 1), sentOn(peer, 3)]).toEqual([30, 30]);
  });

  test("bears windows below 0", async () => {
    const { peer } = await begun(half, { [initialWindow]: 50 });
    peer.send(bytes(1, 100));
    await filled(peer, 1, 50);
    peer.send(settings({ [initialWindow]: 20 }), windowUpdate(1, 30));
    await filled(peer, 1, 50);
    expect(sentOn(peer, 1)).toBe(50);
    peer.send(windowUpdate(1, 1));
    await filled(peer, 1, 51);
    expect(sentOn(peer, 1)).toBe(51);
    peer.send(settings({ [initialWindow]: 70 }));
    await streamEnd(peer, 1);
    expect(sentOn(peer, 1)).toBe(100);
  });

  test("takes the last of several equal settings", async () => {
    const { peer } = await begun(half, { [initialWindow]: 0 });
    peer.send(bytes(1, 100));
    peer.send(settings({ [initialWindow]: 5 }), settings({ [initialWindow]: 7 }));
    await filled(peer, 1, 7);
    expect(sentOn(peer, 1)).toBe(7);
  });

  test("keeps to the size of frames that the client takes", async () => {
    const { peer } = await begun(half, { [initialWindow]: 2 ** 20, 5: 16_384 });
    peer.send(windowUpdate(0, 2 ** 20), bytes(1, 200_000));
    await streamEnd(peer, 1);
    expect(sentOn(peer, 1)).toBe(200_000);
    const sizes = peer.frames.map(({ payload }) => payload.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(16_384);
  });

  test("goes on with other streams while one waits", async () => {
    const { peer } = await begun(half, { [initialWindow]: 10 });
    peer.send(bytes(1, 100));
    await filled(peer, 1, 10);
    peer.send(bytes(3, 9));
    await streamEnd(peer, 3);
    expect([sentOn(peer, 1), sentOn(peer, 3)]).toEqual([10, 9]);
  });

  test("shares the window of the connection out among streams, all of which end", async () => {
    const { peer } = await begun(half);
    const streams = Array.from({ length: 40 }, (_, at) => 2 * at + 1);
    peer.send(...streams.map((stream) => bytes(stream, 10_000)));
    const total = () => streams.reduce((sum, stream) => sum + sentOn(peer, stream), 0);
    for (let allowed = defaultWindow; allowed < 400_000; allowed += 20_000) {
      await peer.until(() => total() === allowed);
      await settled(peer);
      expect(total()).toBe(allowed);
      peer.send(windowUpdate(0, 20_000));
    }
    for (const stream of streams) await streamEnd(peer, stream);
    expect(streams.map((stream) => sentOn(peer, stream))).toEqual(streams.map(() => 10_000));
  });

  test("gives what a reset stream would have taken to others", async () => {
    const { peer } = await begun(half, { [initialWindow]: 100_000 });
    peer.send(bytes(1, 100_000));
    await filled(peer, 1, defaultWindow);
    peer.send(reset(1), bytes(3, 100));
    await filled(peer, 3, 0);
    expect(sentOn(peer, 3)).toBe(0);
    peer.send(windowUpdate(0, 101));
    await streamEnd(peer, 3);
    expect([sentOn(peer, 1), sentOn(peer, 3)]).toEqual([defaultWindow, 100]);
  });
});

const chunk = Buffer.alloc(16_384);

describe.each(halves)("the flow of bodies to %s", (half) => {
  test("lets a client send more than a window as it is read", async () => {
    const { port, peer } = await begun(half);
    peer.send(open(1));
    const total = 64 * chunk.length;
    const allowed = (stream: number) =>
      peer.frames
        .filter((frame) => frame.stream === stream && frame.type === frameTypes.windowUpdate)
        .reduce((sum, { payload }) => sum + payload.readUInt32BE(0), defaultWindow);
    for (let sent = 0; sent < total; sent += chunk.length) {
      const next = sent + chunk.length;
      await peer.until(() => allowed(0) >= next && allowed(1) >= next);
      peer.send(next === total ? lastData(1, chunk) : data(1, chunk));
    }
    await streamEnd(peer, 1);
    expect(streamOutcome(peer, 1)).toBe(`200 POST ${total}`);
    expect(port.handled).toEqual(["/"]);
  });

  test("lets a client send on after streams whose bodies were not taken", async () => {
    const { peer } = await begun(half);
    for (let stream = 1; stream < 40; stream += 2) {
      peer.send(open(stream), data(stream, chunk), reset(stream));
      await settled(peer);
    }
    const given = peer.frames
      .filter((frame) => frame.stream === 0 && frame.type === frameTypes.windowUpdate)
      .reduce((sum, { payload }) => sum + payload.readUInt32BE(0), 0);
    expect(given).toBeGreaterThanOrEqual(20 * chunk.length - defaultWindow);
  });

  test("ends what sends beyond the window", async () => {
    const peer = await openBegun(await openHalf(half, () => undefined));
    peer.send(open(1), ...Array<Buffer>(20).fill(data(1, chunk)));
    await peer.until(() => connectionError(peer) !== undefined || hasReset(peer, 1));
    const ends = ["GOAWAY FLOW_CONTROL_ERROR", "RST_STREAM FLOW_CONTROL_ERROR"];
    expect(ends).toContain(connectionError(peer) ?? streamOutcome(peer, 1));
  });
});

function hasReset({ frames }: Http2Peer, stream: number): boolean {
  return frames.some((frame) => frame.stream === stream && frame.type === frameTypes.reset);
}
