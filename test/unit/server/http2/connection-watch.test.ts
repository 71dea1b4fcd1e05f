import { constants } from "node:http2";
import { expect, onTestFinished, test } from "vitest";
import { type HttpRequest, type HttpResponse, isHttp2 } from "../../../../src/server/request.ts";
import { continuation, headers, settings } from "../../../support/http2-frames.ts";
import { frameTypes, openPeer } from "../../../support/http2-peer.ts";
import { frames, openPort, openSession } from "../../../support/port.ts";

const large = Buffer.alloc(1024 * 1024);

test("tells once why a connection with several streams is cut", async () => {
  const answer = (request: HttpRequest, response: HttpResponse) => {
    response.end(large);
    const isClosed = isHttp2(response) && request.url === "/closed";
    if (isClosed) response.stream.close(constants.NGHTTP2_NO_ERROR);
  };
  const { url, cuts, connections } = await openPort(answer, { answerMs: 40 });
  const session = openSession(url, { settings: { initialWindowSize: 0 } });
  for (const path of ["/closed", "/", "/"]) {
    session.request({ ":path": path }).on("error", () => undefined);
  }
  await new Promise((closed) => session.once("close", closed));
  await expect.poll(connections).toBe(0);
  expect(cuts).toEqual(["slow-reader"]);
});

test("closes a connection whose headers do not come to their end", async () => {
  const port = await openPort(() => undefined, { idleMs: 40 });
  const peer = await openPeer(port.port);
  onTestFinished(() => peer.destroy());
  const noFlags = 0;
  peer.send(frames.preface, settings(), headers(1, undefined, noFlags));
  peer.send(continuation(1, Buffer.alloc(0), noFlags));
  await peer.until(() => false);
  const goaway = peer.frames.find(({ type }) => type === frameTypes.goaway);
  expect(goaway?.payload.readUInt32BE(4)).toBe(constants.NGHTTP2_NO_ERROR);
  await expect.poll(port.connections).toBe(0);
});

test("counts the time between requests from the end of an answer", async () => {
  const answer = (_request: HttpRequest, response: HttpResponse) => {
    setTimeout(() => response.end(), 600);
  };
  const port = await openPort(answer, { idleMs: 400 });
  const peer = await openPeer(port.port);
  onTestFinished(() => peer.destroy());
  peer.send(frames.preface, settings(), headers(1));
  await peer.until(() => peer.frames.some(({ type }) => type === frameTypes.headers));
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(peer.frames.filter(({ type }) => type === frameTypes.goaway)).toEqual([]);
  await peer.until(() => false);
  expect(peer.frames.filter(({ type }) => type === frameTypes.goaway)).toHaveLength(1);
});
