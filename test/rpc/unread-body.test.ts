/** Clients that go on sending after they were answered, and read the answer only then. */
import { once } from "node:events";
import { setTimeout as turnOfTimers } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { lingerBytes, lingerTime } from "../../src/server/unread-body.ts";
import { openRaw, openSession } from "../support/port.ts";
import { useServer } from "./support/server.ts";

const mebibyte = 1024 * 1024;
const server = useServer();

test.each([
  ["REST", "/v2/actions/targets", 413],
  ["Connect JSON", "/zitadel.action.v2.ActionService/CreateTarget", 429],
])(
  "%s over HTTP/1.1 answers a body without end and closes the connection",
  async (_, path, status) => {
    const { socket, received } = await openRaw(Number(new URL(server.app.url).port));
    socket.on("error", () => undefined);
    const head = [
      `POST ${path} HTTP/1.1`,
      "Host: localhost",
      `Authorization: Bearer ${server.app.tokens.owner}`,
      "Content-Type: application/json",
      "Transfer-Encoding: chunked",
    ];
    socket.write(`${head.join("\r\n")}\r\n\r\n`);
    const chunk = Buffer.concat([
      Buffer.from("100000\r\n"),
      Buffer.alloc(mebibyte, " "),
      Buffer.from("\r\n"),
    ]);
    for (let sent = 0; sent < 16; sent++) socket.write(chunk);
    expect(await received).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*TARGETD-BODY-TOO-LARGE`));
    // Otherwise the time for the whole request would have ended it.
    expect(server.app.logged.filter((line) => line.includes("slow-request"))).toEqual([]);
  },
);

test("a stream over HTTP/1.1 whose message is too large leaves its connection usable", async () => {
  const { socket, received } = await openRaw(Number(new URL(server.app.url).port));
  const length = 8 * mebibyte;
  const head = [
    "POST /grpc.health.v1.Health/Watch HTTP/1.1",
    "Host: localhost",
    "Content-Type: application/grpc-web+proto",
    `Content-Length: ${length / 16}`,
  ];
  const body = Buffer.alloc(length / 16);
  body.writeUInt32BE(length, 1);
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  socket.write(body);
  const next = ["GET /healthz HTTP/1.1", "Host: localhost", "Connection: close"];
  socket.write(`${next.join("\r\n")}\r\n\r\n`);
  const text = await received;
  expect(text).toMatch(/grpc-status: 8/);
  expect(text).toMatch(/"status":"alive"/);
});

/** One message more than the call takes, which ends it. */
const twoMessages = Buffer.alloc(10);

const restSizes = {
  "that is nothing but its end": 0,
  "larger than what is kept unread": 256 * 1024,
  "larger than what is read after the answer": lingerBytes + 1,
} as const;

function stopTime(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
}

const chunkOf = (bytes: Buffer) =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
const lastChunk = "0\r\n\r\n";
const health = (...fields: readonly string[]) =>
  `${["GET /healthz HTTP/1.1", "Host: localhost", ...fields].join("\r\n")}\r\n\r\n`;
const isAlive = '"status":"alive"';

/** A connection of HTTP/1.1 whose first call is answered before its body has come to its end. */
async function openAnswered() {
  const { socket, received } = await openRaw(Number(new URL(server.app.url).port));
  let text = "";
  socket.on("data", (data: Buffer) => {
    text += data.toString("latin1");
  });
  const until = async (part: string) => {
    while (!text.includes(part)) await once(socket, "data");
  };
  const head = [
    "POST /grpc.health.v1.Health/Watch HTTP/1.1",
    "Host: localhost",
    "Content-Type: application/grpc-web+proto",
    "Transfer-Encoding: chunked",
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  socket.write(chunkOf(twoMessages));
  await until(`\r\n${lastChunk}`);
  return { socket, received, until };
}

test.each(Object.entries(restSizes))(
  "a connection of HTTP/1.1 serves further requests when the answer came before the rest of a body %s",
  async (_, restSize) => {
    stopTime();
    const { socket, received, until } = await openAnswered();
    if (restSize > 0) socket.write(chunkOf(Buffer.alloc(restSize)));
    socket.write(lastChunk);
    socket.write(health());
    await until(isAlive);
    vi.advanceTimersByTime(lingerTime);
    await turnOfTimers();
    socket.write(health("Connection: close"));
    expect((await received).split(isAlive)).toHaveLength(3);
  },
);

test("what came in while the process stood still is read before its connection is ended", async () => {
  stopTime();
  const { socket, received } = await openAnswered();
  await turnOfTimers();
  socket.write(lastChunk);
  socket.write(health("Connection: close"));
  vi.advanceTimersByTime(lingerTime);
  expect(await received).toContain(isAlive);
});

test("a stream over HTTP/2 whose answer came before the rest of its body takes that rest", async () => {
  stopTime();
  const stream = openSession(server.app.url).request({
    ":method": "POST",
    ":path": "/grpc.health.v1.Health/Watch",
    "content-type": "application/grpc",
    te: "trailers",
  });
  stream.write(twoMessages);
  const [trailers] = await once(stream.resume(), "trailers");
  expect(trailers["grpc-status"]).toBe("12");
  stream.end(Buffer.alloc(restSizes["larger than what is kept unread"]));
  await once(stream, "close");
  expect(stream.rstCode).toBe(0);
});
