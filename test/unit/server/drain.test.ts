import { once } from "node:events";
import { ServerResponse } from "node:http";
import { constants } from "node:http2";
import { expect, test } from "vitest";
import type { HttpRequest, HttpResponse } from "../../../src/server/request.ts";
import { answerOf, openPort, openRaw, openSession } from "../../support/port.ts";

const ok = (_request: HttpRequest, response: HttpResponse) => void response.end("ok");
const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/** A handler that holds its answers back until the test sends them. */
function held() {
  const responses: HttpResponse[] = [];
  const onRequest = (_request: HttpRequest, response: HttpResponse) => {
    responses.push(response);
  };
  const arrived = (count: number) => expect.poll(() => responses.length).toBe(count);
  return { responses, onRequest, arrived };
}

test("finishes an HTTP/1.1 request and closes its connection", async () => {
  const { responses, onRequest, arrived } = held();
  const listener = await openPort(onRequest);
  const { socket, received } = await openRaw(listener.port);
  socket.write(get);
  await arrived(1);
  const drained = listener.drain();
  responses[0]?.end("done");
  await drained;
  expect(await received).toMatch(/Connection: close\r\n[\s\S]*done$/);
  expect(listener.connections()).toBe(0);
});

test("closes an HTTP/1.1 connection whose answer had begun", async () => {
  const { responses, onRequest, arrived } = held();
  const listener = await openPort(onRequest);
  const { socket, received } = await openRaw(listener.port);
  socket.write(get);
  await arrived(1);
  const [response] = responses;
  if (response instanceof ServerResponse) response.write("begun ");
  await once(socket, "data");
  const drained = listener.drain();
  responses[0]?.end("done");
  await drained;
  expect(await received).toMatch(/Connection: keep-alive[\s\S]*begun [\s\S]*done/);
});

test("finishes an HTTP/2 stream after GOAWAY", async () => {
  const { responses, onRequest, arrived } = held();
  const listener = await openPort(onRequest);
  const session = openSession(listener.url);
  const answer = answerOf(session.request());
  await arrived(1);
  const drained = listener.drain();
  const [code] = await once(session, "goaway");
  expect(code).toBe(constants.NGHTTP2_NO_ERROR);
  responses[0]?.end("done");
  expect(await answer).toEqual([200, "done"]);
  await drained;
});

test("closes idle connections and those that have sent nothing", async () => {
  const listener = await openPort(ok);
  const silent = await openRaw(listener.port);
  const idle = await openRaw(listener.port);
  idle.socket.write(get);
  await once(idle.socket, "data");
  const session = openSession(listener.url);
  await answerOf(session.request());
  await expect.poll(listener.connections).toBe(3);
  await listener.drain();
  expect(await silent.received).toBe("");
  await idle.received;
  expect(listener.connections()).toBe(0);
});

test("lets in a first request whose headers are still coming", async () => {
  const { responses, onRequest, arrived } = held();
  const listener = await openPort(onRequest);
  const other = await openRaw(listener.port);
  const late = await openRaw(listener.port);
  late.socket.write("GET / HTTP/1.1\r\n");
  other.socket.write(get);
  await arrived(1);
  const drained = listener.drain();
  late.socket.write("Host: a\r\n\r\n");
  await arrived(2);
  for (const response of responses) response.end("done");
  await drained;
  expect(await late.received).toMatch(/Connection: close\r\n[\s\S]*done$/);
});

test("refuses new connections", async () => {
  const { responses, onRequest, arrived } = held();
  const listener = await openPort(onRequest);
  const answer = fetch(listener.url);
  await arrived(1);
  const drained = listener.drain();
  await expect(openRaw(listener.port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  responses[0]?.end();
  await answer;
  await drained;
});

test("destroys what is left when its time is over", async () => {
  const { onRequest, arrived } = held();
  const listener = await openPort(onRequest, { drainMs: 20 });
  const { socket, received } = await openRaw(listener.port);
  socket.write(get);
  const session = openSession(listener.url);
  const stream = session.request();
  stream.on("error", () => undefined);
  await arrived(2);
  await listener.drain();
  expect(await received).toBe("");
  expect(listener.connections()).toBe(0);
});

test("may be asked for twice and followed by close", async () => {
  const listener = await openPort(ok);
  await Promise.all([listener.drain(), listener.drain()]);
  await listener.close();
});
