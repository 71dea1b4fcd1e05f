/** Streams as the doors of unary calls use them, without a stream of Node around. */
import { once } from "node:events";
import { constants } from "node:http2";
import { expect, onTestFinished, test } from "vitest";
import { ApiError } from "../../../../src/errors/api-error.ts";
import { ClientGone } from "../../../../src/errors/client-gone.ts";
import { BodyBudget } from "../../../../src/server/body-budget.ts";
import { errorCode } from "../../../../src/server/http2/frames.ts";
import { readStreamBody } from "../../../../src/server/http2/read-body.ts";
import type { Http2Stream } from "../../../../src/server/http2/stream.ts";
import { discardUpload } from "../../../../src/server/http2/upload.ts";
import type { ServerLimits } from "../../../../src/server/limits.ts";
import { listen } from "../../../../src/server/listen.ts";
import { data, open, reset, settings } from "../../../support/http2-frames.ts";
import { frameTypes, openPeer } from "../../../support/http2-peer.ts";
import { frames, openSession } from "../../../support/port.ts";

const ok = [":status", "200"];

/** A port whose streams are answered so. */
async function openPort(
  serve: (stream: Http2Stream) => void,
  limits: Partial<ServerLimits> = {},
): Promise<string> {
  const listener = await listen({
    ...{ host: "127.0.0.1", port: 0, limits },
    onRequest: (_request, response) => void response.end(),
    onStream(stream) {
      serve(stream);
      return true;
    },
  });
  onTestFinished(() => listener.close());
  return listener.url;
}

/** Reads a body of at most 100 KiB. */
const read = (stream: Http2Stream) => {
  const held = new BodyBudget().hold(() => "caller");
  return readStreamBody(stream, { maxBytes: 100 * 1024, held });
};

const readLater = async (stream: Http2Stream) => read(stream);

test("hands over a body that is here without waiting for it", async () => {
  const bodies: unknown[] = [];
  const url = await openPort((stream) => {
    bodies.push(read(stream));
    stream.answer(ok, []);
  });
  const stream = openSession(url).request({ ":method": "GET" });
  await once(stream.resume(), "end");
  expect(bodies).toEqual([Buffer.alloc(0)]);
});

test("answers with what a long body was", async () => {
  const url = await openPort(async (stream) => {
    stream.answer(ok, ["sum", "1"], await read(stream));
  });
  const stream = openSession(url).request({ ":method": "POST" });
  const body = Buffer.alloc(100 * 1024, "abcdefg");
  let trailers: unknown;
  stream.on("trailers", (fields) => {
    trailers = fields.sum;
  });
  stream.end(body);
  expect(Buffer.concat(await stream.toArray()).equals(body)).toBe(true);
  expect(trailers).toBe("1");
});

test.each([
  ["as it comes", {}],
  ["by what is declared", { "content-length": String(200 * 1024) }],
])("refuses a body that is too long, %s, and ends the upload", async (_name, headers) => {
  const url = await openPort(async (stream) => {
    const error = await readLater(stream).catch((thrown: unknown) => thrown);
    stream.answer(ok, ["refused", error instanceof ApiError ? error.id : "no"]);
    discardUpload(stream);
  });
  const stream = openSession(url).request({ ":method": "POST", ...headers });
  stream.end(Buffer.alloc(200 * 1024)).resume();
  const [trailers] = await once(stream, "trailers");
  expect(trailers.refused).toBe("TARGETD-BODY-TOO-LARGE");
  await once(stream, "close");
  expect(stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
});

test("tells a reader that the client has gone", async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const url = await openPort((stream) => {
    readLater(stream).catch(resolve);
    stream.respond(ok);
  });
  // Node's client would end the body before it cancels.
  const peer = await openPeer(Number(new URL(url).port));
  onTestFinished(() => peer.destroy());
  peer.send(frames.preface, settings(), open(1), data(1, "x"));
  await peer.until(() => peer.frames.some(({ type }) => type === frameTypes.headers));
  peer.send(reset(1));
  expect(await promise).toBeInstanceOf(ClientGone);
});

test("reads nothing of a stream that was reset, though all of it is here", async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const url = await openPort((stream) => {
    stream.once("close", () => readLater(stream).catch(resolve));
    stream.respond(ok);
  });
  const stream = openSession(url)
    .request({ ":method": "GET" })
    .on("error", () => undefined);
  await once(stream.resume(), "response");
  stream.close(constants.NGHTTP2_CANCEL);
  expect(await promise).toBeInstanceOf(ClientGone);
});

test("answers nobody once the stream is closed", async () => {
  const late: Http2Stream[] = [];
  const url = await openPort((stream) => {
    if (stream.headers[":path"] === "/late") late.push(stream);
    else stream.answer(ok, [], Buffer.from("ok"));
  });
  const session = openSession(url);
  const cancelled = session.request({ ":path": "/late" }).on("error", () => undefined);
  await expect.poll(() => late.length).toBe(1);
  cancelled.close(constants.NGHTTP2_CANCEL);
  await expect.poll(() => late[0]?.destroyed).toBe(true);
  late[0]?.answer(ok, ["x", "1"], Buffer.from("late"));
  late[0]?.close(errorCode.cancel);
  const stream = session.request();
  expect(String(Buffer.concat(await stream.toArray()))).toBe("ok");
});

test("sends the answer before it closes a stream without an error", async () => {
  const url = await openPort((stream) => {
    stream.answer(ok, [], Buffer.alloc(1024 * 1024));
    stream.close(errorCode.noError);
  });
  const stream = openSession(url)
    .request({ ":method": "POST" })
    .on("error", () => undefined);
  stream.write("x");
  const body = Buffer.concat(await stream.toArray());
  expect([body.length, stream.rstCode]).toEqual([1024 * 1024, constants.NGHTTP2_NO_ERROR]);
});

test("splits headers that are too long for one frame", async () => {
  const long = "x".repeat(40_000);
  const url = await openPort((stream) => stream.answer([...ok, "long", long], ["long", long]));
  const stream = openSession(url).request().resume();
  const seen = Promise.all([once(stream, "response"), once(stream, "trailers")]);
  for (const [fields] of await seen) expect(fields.long).toBe(long);
});

test("keeps answers of many streams apart", async () => {
  const url = await openPort((stream) => {
    const size = Number(stream.headers[":path"]?.slice(1));
    stream.answer(ok, ["size", String(size)], Buffer.alloc(size, String(size)));
  });
  const session = openSession(url);
  const sizes = Array.from({ length: 40 }, (_, index) => index * 7_001);
  const bodies = sizes.map(async (size) =>
    Buffer.concat(await session.request({ ":path": `/${size}` }).toArray()),
  );
  for (const [index, body] of (await Promise.all(bodies)).entries()) {
    const size = sizes[index] ?? 0;
    expect(body.equals(Buffer.alloc(size, String(size)))).toBe(true);
  }
});
