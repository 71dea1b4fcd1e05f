/** The table of the headers of answers follows the client (RFC 7541 section 4.2). */
import { expect, test } from "vitest";
import { headers, settings } from "../../../support/http2-frames.ts";
import { frameTypes } from "../../../support/http2-peer.ts";
import { frame } from "../../../support/port.ts";
import { halves, openBegun, openEcho, streamEnd } from "./support/halves.ts";

const frameHead = 9;
const tableOf = (bytes: number) => settings({ 1: bytes }).subarray(frameHead);
const updates = Buffer.from([0x20, 0x3f, 0xe1, 0x1f]);

test.each(halves)("%s tells of the lowest of several sizes in one frame", async (half) => {
  const peer = await openBegun(await openEcho(half));
  peer.send(headers(1));
  await streamEnd(peer, 1);
  const sizes = Buffer.concat([tableOf(0), tableOf(4096)]);
  peer.send(frame(frameTypes.settings, 0, 0, sizes), headers(3));
  await streamEnd(peer, 3);
  const answer = peer.frames.find(
    ({ stream, type }) => stream === 3 && type === frameTypes.headers,
  );
  expect(answer?.payload.subarray(0, updates.length)).toEqual(updates);
});
