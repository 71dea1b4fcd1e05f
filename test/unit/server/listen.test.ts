import { once } from "node:events";
import { Agent, request as httpRequest } from "node:http";
import { describe, expect, test } from "vitest";
import { type Listener, listen } from "../../../src/server/listen.ts";
import type { HttpRequest, HttpResponse } from "../../../src/server/request.ts";
import { answerOf, frames, openPort, openRaw, openSession } from "../../support/port.ts";

/** Answers with the HTTP version and the length of the body. */
async function answer(request: HttpRequest, response: HttpResponse): Promise<void> {
  let length = 0;
  for await (const chunk of request) length += chunk.length;
  response.end(`${request.httpVersion} ${request.method} ${length}`);
}

const onRequest = (request: HttpRequest, response: HttpResponse) => {
  answer(request, response).catch(() => response.destroy());
};

test("answers HTTP/1.1", async () => {
  const { url } = await openPort(onRequest);
  const answer = await fetch(url, { method: "POST", body: "x".repeat(300_000) });
  expect(await answer.text()).toBe("1.1 POST 300000");
});

test("answers HTTP/2 with prior knowledge", async () => {
  const { url } = await openPort(onRequest);
  const stream = openSession(url).request({ ":method": "POST" });
  stream.end("x".repeat(300_000));
  expect(await answerOf(stream)).toEqual([200, "2.0 POST 300000"]);
});

test.each(["GET", "POST", "PUT", "PATCH", "PROPFIND"])(
  "tells %s from the HTTP/2 preface",
  async (method) => {
    const { url } = await openPort(onRequest);
    const request = httpRequest(url, { method, agent: new Agent() }).end();
    const [answer] = await once(request, "response");
    expect((await answer.toArray()).join("")).toBe(`1.1 ${method} 0`);
  },
);

test.each([
  ["HTTP/1.1", Buffer.from("PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), "1.1 PUT 0"],
  [
    "HTTP/2",
    Buffer.concat([frames.preface, frames.settings, frames.get(1), frames.goaway]),
    "2.0 GET 0",
  ],
])("understands %s that arrives byte by byte", async (_name, bytes, answer) => {
  const { port } = await openPort(onRequest);
  const { socket, received } = await openRaw(port);
  for (const byte of bytes) {
    await new Promise((written) => socket.write(Buffer.from([byte]), written));
  }
  expect(await received).toContain(answer);
});

test("ignores a request to upgrade to h2c", async () => {
  const { port } = await openPort(onRequest);
  const { socket, received } = await openRaw(port);
  socket.write(
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
  );
  await once(socket, "data");
  socket.end();
  expect(await received).toContain("1.1 GET 0");
});

test("refuses CONNECT over HTTP/1.1", async () => {
  const { port } = await openPort(onRequest);
  const { socket, received } = await openRaw(port);
  socket.write("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n");
  expect(await received).toMatch(/^HTTP\/1.1 405 /);
});

test("refuses CONNECT over HTTP/2", async () => {
  const { url } = await openPort(onRequest);
  const stream = openSession(url).request({ ":method": "CONNECT", ":authority": "a:443" });
  expect(await answerOf(stream)).toEqual([405, ""]);
});

test("survives connections that end or reset before a byte", async () => {
  const { url, port, cuts } = await openPort(onRequest);
  const ended = await openRaw(port);
  ended.socket.end();
  await ended.received;
  const reset = await openRaw(port);
  reset.socket.resetAndDestroy();
  await reset.received;
  expect(await (await fetch(url)).text()).toBe("1.1 GET 0");
  expect(cuts).toEqual([]);
});

test("answers a client that ends its half with the request", async () => {
  const { port } = await openPort((_request, response) => void response.end("here"));
  const { socket, received } = await openRaw(port);
  socket.end("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  expect(await received).toMatch(/here$/);
});

test("writes IPv6 addresses in brackets", async () => {
  const listener: Listener = await listen({ host: "::1", port: 0, onRequest });
  try {
    expect(listener.url).toBe(`http://[::1]:${listener.port}`);
    expect((await fetch(listener.url)).status).toBe(200);
  } finally {
    await listener.close();
  }
});

test("rejects when the port is taken", async () => {
  const { port } = await openPort(onRequest);
  await expect(listen({ host: "127.0.0.1", port, onRequest })).rejects.toMatchObject({
    code: "EADDRINUSE",
  });
});

test("counts connections and destroys them on close", async () => {
  const listener = await openPort(() => undefined);
  const first = await openRaw(listener.port);
  const second = await openRaw(listener.port);
  second.socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const third = openSession(listener.url);
  await once(third, "remoteSettings");
  expect(listener.connections()).toBe(3);
  await listener.close();
  await Promise.all([first.received, second.received]);
  expect(listener.connections()).toBe(0);
});

describe("a signal", () => {
  const reason = new Error("stop");

  test("that came before keeps the port from being opened", async () => {
    const signal = AbortSignal.abort(reason);
    const opening = listen({ host: "127.0.0.1", port: 0, onRequest, signal });
    await expect(opening).rejects.toBe(reason);
  });

  test("that comes while the name is looked up leaves no port behind", async () => {
    const { port, close } = await openPort(onRequest);
    await close();
    const controller = new AbortController();
    const { signal } = controller;
    const opening = listen({ host: "localhost", port, onRequest, signal });
    controller.abort(reason);
    await expect(opening).rejects.toBe(reason);
    // Looked up after the name before, so that its port would be in the way.
    const again = await listen({ host: "localhost", port, onRequest });
    await again.close();
  });

  test("that comes later does nothing", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const listener = await listen({ host: "127.0.0.1", port: 0, onRequest, signal });
    controller.abort(reason);
    expect((await fetch(listener.url)).status).toBe(200);
    await listener.close();
  });
});
