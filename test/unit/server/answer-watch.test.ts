/** Clients that keep an answer open: they do not take it, or it does not end. */
import { once } from "node:events";
import { type ClientHttp2Session, connect, constants } from "node:http2";
import { createConnection } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { type HttpRequest, type HttpResponse, isHttp2 } from "../../../src/server/request.ts";
import { answerOf, frame, frames, openPort, openRaw, openSession } from "../../support/port.ts";

const openingHttp2 = Buffer.concat([frames.preface, frames.settings, frames.get(1)]);
/** WINDOW_UPDATE of the connection and of stream 1, by almost as much as there may be. */
const widened = Buffer.concat([0, 1].map((id) => frame(8, 0, id, Buffer.from([0x7f, 0, 0, 0]))));

type Answerer = (request: HttpRequest, response: HttpResponse) => void;

/** More than the buffers of a connection hold. */
const large = Buffer.alloc(32 * 1024 * 1024);
const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

const ended: Answerer = (_request, response) => void response.end(large);
const begun: Answerer = (_request, response) => {
  if (isHttp2(response)) response.stream.write(large);
  else response.write(large);
};
const headersOnly: Answerer = (_request, response) => {
  if (!isHttp2(response)) response.flushHeaders();
};

/** A session of a client whose window for answers is empty. */
function openWindowless(url: string): ClientHttp2Session {
  const session = connect(url, { settings: { initialWindowSize: 0 } });
  session.on("error", () => session.destroy());
  onTestFinished(() => session.destroy());
  return session;
}

/** The connection of a client that sends and never reads, which sees no close either. */
async function openDeaf(port: number, bytes: Buffer | string): Promise<void> {
  const socket = createConnection({ host: "127.0.0.1", port }).pause();
  socket.on("error", () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  socket.write(bytes);
}

async function codeOf(session: ClientHttp2Session): Promise<number> {
  const stream = session.request().on("error", () => undefined);
  await new Promise((closed) => stream.resume().once("close", closed));
  return stream.rstCode;
}

test.each([
  ["was ended", ended],
  ["is written piece by piece", begun],
])("resets an HTTP/2 stream without a window whose answer %s", async (_name, answer) => {
  const { url, cuts } = await openPort(answer, { answerMs: 40 });
  const session = openWindowless(url);
  expect(await codeOf(session)).toBe(constants.NGHTTP2_CANCEL);
  expect(cuts).toEqual(["slow-reader"]);
  expect(session.closed).toBe(false);
});

test("cuts a session whose stream, closed already, waits for its answer to leave", async () => {
  const { url, cuts, connections } = await openPort(
    (_request, response) => {
      response.end(large);
      if (isHttp2(response)) response.stream.close(constants.NGHTTP2_NO_ERROR);
    },
    { answerMs: 40, lingerMs: 20 },
  );
  expect(await codeOf(openWindowless(url))).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  await expect.poll(connections).toBe(0);
  expect(cuts).toEqual(["slow-reader"]);
});

test("closes a connection of a slow reader once it is idle", async () => {
  const { url, connections } = await openPort(ended, { answerMs: 40, idleMs: 40 });
  const session = openWindowless(url);
  await Promise.all([codeOf(session), once(session, "close")]);
  await expect.poll(connections).toBe(0);
});

test.each([
  ["HTTP/1.1", "ended", get, ended],
  ["HTTP/1.1", "begun", get, begun],
  ["HTTP/1.1", "pipelined", get.repeat(2), ended],
  ["HTTP/2", "beyond its window", openingHttp2, ended],
  ["HTTP/2", "beyond the buffers", Buffer.concat([openingHttp2, widened]), ended],
])(
  "ends a deaf %s connection with an answer that is %s",
  async (_version, _name, bytes, answer) => {
    const { port, cuts, connections } = await openPort(answer, {
      answerMs: 40,
      idleMs: 40,
      lingerMs: 20,
    });
    await openDeaf(port, bytes);
    await expect.poll(() => [...new Set(cuts)]).toEqual(["slow-reader"]);
    await expect.poll(connections).toBe(0);
  },
);

test("does not hurry an answer that waits for its handler, or for an earlier one", async () => {
  const answers: HttpResponse[] = [];
  const { port, cuts } = await openPort(
    (request, response) => {
      if (request.url === "/large") return void response.end(large);
      if (answers.push(response) === 2) response.end("second");
    },
    { answerMs: 40 },
  );
  const { socket, received } = await openRaw(port);
  socket.write(get + get.replace("Host", "Connection: close\r\nHost"));
  await expect.poll(() => answers.length).toBe(2);
  // This one begins to wait later and is cut, so the others would have been.
  await openDeaf(port, get.replace("/", "/large"));
  await expect.poll(() => cuts).toEqual(["slow-reader"]);
  answers[0]?.end("first");
  expect(await received).toMatch(/first.*second/s);
  expect(cuts).toEqual(["slow-reader"]);
});

test("resets an HTTP/2 stream that goes on for too long", async () => {
  const { url, cuts } = await openPort(() => undefined, { streamMs: 40 });
  const session = openSession(url);
  expect(await codeOf(session)).toBe(constants.NGHTTP2_CANCEL);
  expect(cuts).toEqual(["long-stream"]);
  expect(session.closed).toBe(false);
});

test("blames a deaf client for a stream that cannot be ended after its time", async () => {
  const { port, cuts, connections } = await openPort(
    (_request, response) => {
      if (isHttp2(response)) response.stream.write(large);
    },
    { streamMs: 40, answerMs: 60_000, lingerMs: 20 },
  );
  await openDeaf(port, Buffer.concat([openingHttp2, widened]));
  await expect.poll(connections).toBe(0);
  expect(cuts).toEqual(["long-stream", "slow-reader"]);
});

test("ends an HTTP/1.1 connection whose answer goes on for too long", async () => {
  const { port, cuts } = await openPort(headersOnly, { streamMs: 40 });
  const { socket, received } = await openRaw(port);
  socket.write(get);
  expect(await received).toMatch(/^HTTP\/1.1 200 /);
  expect(cuts).toEqual(["long-stream"]);
});

test("lets a client that reads have many answers one after the other", async () => {
  const { url, cuts } = await openPort(ended, { answerMs: 2_000, streamMs: 4_000 });
  const session = openSession(url);
  for (let call = 0; call < 3; call++) {
    const [status, body] = await answerOf(session.request());
    expect([status, body.length]).toEqual([200, large.length]);
  }
  expect(cuts).toEqual([]);
});
