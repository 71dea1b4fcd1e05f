import { type EventEmitter, once } from "node:events";
import type { ServerHttp2Stream } from "node:http2";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import type { HttpRequest, HttpResponse } from "../../../src/server/request.ts";
import { sendAnswer } from "../../../src/server/rest/answer.ts";
import { StrayBytes } from "../../../src/server/stray-bytes.ts";
import { newAuthority } from "../../support/certificate.ts";
import { openPort, openSession } from "../../support/port.ts";

const authority = newAuthority();
const limit = 1000;
const windowMs = 10_000;
/** What a beginning or an end of a request accounts for. */
const edge = 64 * 1024;

function open() {
  const socket = { bytesRead: 0, bytesWritten: 0 };
  return { socket, stray: new StrayBytes(socket, limit, windowMs), now: performance.now() };
}

/** As much of a stream as is looked at. */
function openStream(): Readable {
  return new Readable({ read: () => undefined });
}

const asStream = (stream: EventEmitter) => stream as unknown as ServerHttp2Stream;

test("counts to the byte what nothing accounts for", () => {
  const { socket, stray, now } = open();
  socket.bytesRead = limit;
  expect(stray.exceeded(now)).toBe(false);
  socket.bytesRead += 1;
  expect(stray.exceeded(now)).toBe(true);
});

test("begins again with each window", () => {
  const { socket, stray, now } = open();
  for (let window = 1; window < 5; window++) {
    socket.bytesRead += limit;
    expect(stray.exceeded(now + window * (windowMs + 1))).toBe(false);
  }
  socket.bytesRead += limit + 1;
  expect(stray.exceeded(now + 4 * (windowMs + 1))).toBe(true);
});

test("leaves room for the requests of the window and the one before", () => {
  const { socket, stray, now } = open();
  const stream = openStream();
  stray.begun(asStream(stream));
  socket.bytesRead = edge + limit;
  expect(stray.exceeded(now)).toBe(false);
  stray.ended();
  socket.bytesRead += edge;
  expect(stray.exceeded(now + windowMs + 1)).toBe(false);
  socket.bytesRead += 2 * edge + limit;
  expect(stray.exceeded(now + 2 * (windowMs + 1))).toBe(false);
  socket.bytesRead += limit + 1;
  expect(stray.exceeded(now + 2 * (windowMs + 1))).toBe(true);
});

test("leaves room for bodies of any length, and passes them on", async () => {
  const { socket, stray, now } = open();
  const stream = openStream();
  stray.begun(asStream(stream));
  const chunk = Buffer.alloc(16 * 1024);
  for (let piece = 0; piece < 100; piece++) {
    socket.bytesRead += 9 + chunk.length;
    stream.push(chunk);
    stream.read();
    expect(stray.exceeded(now)).toBe(false);
  }
  stream.push("last");
  stream.push(null);
  expect((await stream.toArray()).join("")).toBe("last");
});

/** Refuses without reading, or answers when the whole body is here. */
function answer(request: HttpRequest, response: HttpResponse): void {
  request.on("error", () => undefined);
  if (request.url === "/refused") {
    sendAnswer(request, response, { status: 429, headers: {}, body: "{}" });
  } else {
    request.resume().on("end", () => response.end("ok"));
  }
}

describe.each([
  ["in cleartext", false],
  ["over TLS", true],
])("%s", (_name, tls) => {
  const body = Buffer.alloc(1024 * 1024);

  test.each([
    ["are read", "/", 200],
    ["are refused", "/refused", 429],
  ])("takes large bodies for no flood when they %s", async (_what, path, status) => {
    const current = { ...authority.issue("server"), clientCa: undefined };
    const certificates = tls ? { current, onChange: () => undefined } : undefined;
    const limits = { floodWindowMs: 20, strayBytes: 128 * 1024, resets: 10_000 };
    const port = await openPort(answer, limits, certificates);
    const session = openSession(port.url, { ca: authority.cert });
    // Together less than what Node's client is ready to keep.
    const statuses = Array.from({ length: 8 }, async () => {
      const stream = session.request({ ":method": "POST", ":path": path });
      stream.on("error", () => undefined).end(body);
      const closed = new Promise((resolve) => stream.once("close", resolve));
      const [headers] = await once(stream.resume(), "response");
      await closed;
      return headers[":status"];
    });
    expect([...new Set(await Promise.all(statuses))]).toEqual([status]);
    expect(port.cuts).toEqual([]);
  });
});

test("leaves room for what answers make the client send", () => {
  const { socket, stray, now } = open();
  for (let frame = 0; frame < 1000; frame++) {
    socket.bytesWritten += 9 + 1;
    socket.bytesRead += 2 * 13;
    expect(stray.exceeded(now)).toBe(false);
  }
});
