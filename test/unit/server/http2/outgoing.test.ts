import { expect, onTestFinished, test } from "vitest";
import { errorCode } from "../../../../src/server/http2/frames.ts";
import type { Http2Stream } from "../../../../src/server/http2/stream.ts";
import { listen } from "../../../../src/server/listen.ts";
import { headers, settings, windowUpdate } from "../../../support/http2-frames.ts";
import { frameTypes } from "../../../support/http2-peer.ts";
import { openBegun, settled } from "./support/halves.ts";

test("sends nothing more on a stream that was closed while others went on", async () => {
  const streams: Http2Stream[] = [];
  const listener = await listen({
    ...{ host: "127.0.0.1", port: 0, onRequest: () => undefined },
    onStream: (stream) => streams.push(stream) > 0,
  });
  onTestFinished(() => listener.close());
  const peer = await openBegun(listener);
  peer.send(settings({ 4: 0 }), headers(1), headers(3));
  await settled(peer);
  const [first, second] = streams;
  const body = Buffer.alloc(10);
  first?.answer([":status", "200"], [], body);
  second?.respond([":status", "200"]);
  second?.write(body, () => {
    first?.reset(errorCode.cancel);
    second.write(body);
  });
  for (let turn = 0; turn < 3; turn += 1) {
    peer.send(windowUpdate(3, 10));
    await settled(peer);
  }
  const types = peer.frames.filter(({ stream }) => stream === 1).map(({ type }) => type);
  expect(types).toEqual([frameTypes.headers, frameTypes.reset]);
});
