import { once } from "node:events";
import { expect, test } from "vitest";
import type { HttpRequest, HttpResponse } from "../../../src/server/request.ts";
import { openPort, openRaw, openSession } from "../../support/port.ts";

const head =
  "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n";

const refuse = (_request: HttpRequest, response: HttpResponse) => {
  response.statusCode = 401;
  response.end();
};

const echo = (request: HttpRequest, response: HttpResponse) => void request.pipe(response);

test("sends no 100 over HTTP/1.1 when the handler refuses without reading", async () => {
  const { port } = await openPort(refuse);
  const { socket, received } = await openRaw(port);
  socket.write(head.replace("Connection: close\r\n", ""));
  expect(await received).toMatch(/^HTTP\/1.1 401 [\s\S]*Connection: close/);
});

test("sends the 100 over HTTP/1.1 when the body is read", async () => {
  const { port } = await openPort(echo);
  const { socket, received } = await openRaw(port);
  socket.write(head);
  const [first] = await once(socket, "data");
  expect(String(first)).toBe("HTTP/1.1 100 Continue\r\n\r\n");
  socket.write("body");
  expect(await received).toMatch(/\r\nbody\r\n/);
});

test("sends no 100 to a client that did not wait for it", async () => {
  const { port } = await openPort(echo);
  const { socket, received } = await openRaw(port);
  socket.write(`${head}body`);
  expect(await received).toMatch(/^HTTP\/1.1 200 /);
});

test("answers 417 to any other expectation", async () => {
  const { port } = await openPort(echo);
  const { socket, received } = await openRaw(port);
  socket.write(head.replace("100-continue", "something"));
  expect(await received).toMatch(/^HTTP\/1.1 417 /);
});

test.each([
  ["sends no 100", refuse, 0, 401],
  ["sends the 100", echo, 1, 200],
])("%s over HTTP/2 as the handler decides", async (_name, handler, continues, status) => {
  const { url } = await openPort(handler);
  const stream = openSession(url).request({ ":method": "POST", expect: "100-continue" });
  let seen = 0;
  stream.on("continue", () => {
    seen += 1;
    stream.end("body");
  });
  const [headers] = await once(stream.resume(), "response");
  expect(headers[":status"]).toBe(status);
  expect(seen).toBe(continues);
});
