import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Exchange } from "../../../../src/server/http1/exchange.ts";
import { PlainConnection } from "../../../../src/server/http1/plain-connection.ts";
import { defaultLimits } from "../../../../src/server/limits.ts";
import { openPort, openRaw } from "../../../support/port.ts";
import { echo, undated } from "./support/echo.ts";

const get = (path = "/") => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const last = "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/** Takes every request and answers none by itself. */
function held() {
  const exchanges: Exchange[] = [];
  const onExchange = (exchange: Exchange) => exchanges.push(exchange) > 0;
  const arrived = (count: number) => expect.poll(() => exchanges.length).toBe(count);
  const handlers = { onExchange, onRequest: echo().onRequest };
  return { exchanges, handlers, arrived };
}

const closeOf = (exchange: Exchange | undefined) =>
  new Promise<void>((resolve) => exchange?.once("close", resolve));

async function received(socket: NodeJS.ReadableStream, end: string): Promise<string> {
  let all = "";
  while (!all.endsWith(end)) all += String((await once(socket, "data"))[0]);
  return all;
}

describe("an answer", () => {
  test("has the headers that node:http gives it", async () => {
    const { exchanges, handlers, arrived } = held();
    const { port } = await openPort(handlers);
    const { socket } = await openRaw(port);
    socket.write(get());
    await arrived(1);
    exchanges[0]?.setFields({ vary: "Origin" });
    exchanges[0]?.answer(404, ["cache-control", "no-store"], "{}");
    const lines = [
      ...["HTTP/1.1 404 Not Found", "vary: Origin", "cache-control: no-store", "content-length: 2"],
      ...["Date: now", "Connection: keep-alive", "Keep-Alive: timeout=75", "", "{}"],
    ];
    expect(undated(await received(socket, "{}")).split("\r\n")).toEqual(lines);
  });

  test("may be any text", async () => {
    const { exchanges, handlers, arrived } = held();
    const { port } = await openPort(handlers);
    const { socket } = await openRaw(port);
    socket.write(get());
    await arrived(1);
    exchanges[0]?.answer(200, [], "é€!");
    expect(await received(socket, "!")).toMatch(/\r\n\r\né€!$/);
  });

  test.each([
    ["a line break in a value", ["x", "a\r\nb: c"]],
    ["a name that is none", ["x y", "a"]],
  ])("is refused with %s, and another can be sent", async (_name, fields) => {
    const { exchanges, handlers, arrived } = held();
    const { port } = await openPort(handlers);
    const { socket } = await openRaw(port);
    socket.write(get());
    await arrived(1);
    expect(() => exchanges[0]?.answer(200, fields, "no")).toThrow(TypeError);
    exchanges[0]?.answer(500, [], "yes");
    expect(await received(socket, "yes")).toMatch(/^HTTP\/1.1 500 Internal Server Error\r\n/);
  });

  test("is sent once", async () => {
    const { exchanges, handlers, arrived } = held();
    const { port } = await openPort(handlers);
    const { socket } = await openRaw(port);
    socket.write(get());
    await arrived(1);
    for (const body of ["first", "second"]) exchanges[0]?.answer(200, [], body);
    socket.write(get("/next"));
    await arrived(2);
    exchanges[1]?.answer(200, [], "next");
    expect(await received(socket, "next")).not.toContain("second");
  });

  test("closes its exchange when it has left", async () => {
    const { exchanges, handlers, arrived } = held();
    const { port } = await openPort(handlers);
    const { socket } = await openRaw(port);
    socket.write(get());
    await arrived(1);
    const [exchange] = exchanges;
    expect(exchange?.destroyed).toBe(false);
    const closed = closeOf(exchange);
    exchange?.answer(200, [], "ok");
    await closed;
    expect(exchange?.destroyed).toBe(true);
    await closeOf(exchange);
    exchange?.answer(200, [], "again");
    socket.write(get("/next"));
    await arrived(2);
    exchanges[1]?.answer(200, [], "next");
    expect(await received(socket, "next")).not.toContain("again");
  });
});

describe("a connection goes to node:http", () => {
  test("with the first request that is not plain, and stays there", async () => {
    const handlers = echo();
    const { port } = await openPort(handlers);
    const { socket, received: all } = await openRaw(port);
    for (const request of [get("/1"), get("/2"), get("/3").replace("a\r", "a \r"), get("/4")]) {
      socket.write(request);
      await received(socket, "}");
    }
    socket.write(last);
    expect((await all).match(/"url":"[^"]+"/g)).toHaveLength(5);
    expect(handlers.taken.map(({ url }) => url)).toEqual(["/1", "/2"]);
  });

  test("with a request that nobody takes", async () => {
    const handlers = echo(({ url }) => url !== "/2");
    const { port } = await openPort(handlers);
    const { socket, received: all } = await openRaw(port);
    for (const request of [get("/1"), get("/2"), get("/3")]) {
      socket.write(request);
      await received(socket, "}");
    }
    socket.write(last);
    expect((await all).match(/"url":"[^"]+"/g)).toHaveLength(4);
    expect(handlers.taken.map(({ url }) => url)).toEqual(["/1"]);
  });

  test.each([
    ["a few bytes", 1],
    ["more than is read ahead", 10_000],
  ])("with what came before the answer: %s", async (_name, count) => {
    const { exchanges, handlers, arrived } = held();
    const { port } = await openPort(handlers, { pipelined: 20_000 });
    const { socket, received: all } = await openRaw(port);
    socket.write(get("/first"));
    await arrived(1);
    socket.write(get("/early").repeat(count) + last);
    // Until everything is read that will be.
    for (let turns = 0; turns < 100; turns += 1) await turn();
    expect(exchanges).toHaveLength(1);
    expect(exchanges[0]?.socket.bytesRead).toBeLessThan(256 * 1024);
    exchanges[0]?.answer(200, [], "first");
    const answers = await all;
    expect(answers.match(/"url":"\/early"/g)).toHaveLength(count);
    expect(answers).toMatch(/first[\s\S]*"url":"\/last"/);
    expect(exchanges).toHaveLength(1);
  });
});

describe("a client that leaves", () => {
  test.each([
    ["resets the connection", "resetAndDestroy"],
    ["ends its half", "end"],
  ] as const)("and %s closes its exchange", async (_name, leave) => {
    const { exchanges, handlers, arrived } = held();
    const { port, connections } = await openPort(handlers);
    const { socket } = await openRaw(port);
    socket.write(get());
    await arrived(1);
    const closed = closeOf(exchanges[0]);
    socket[leave]();
    await closed;
    exchanges[0]?.answer(200, [], "ok");
    await expect.poll(connections).toBe(0);
  });

  test("with more than it was answered closes its connection", async () => {
    const { exchanges, handlers, arrived } = held();
    const { port, connections } = await openPort(handlers);
    const { socket } = await openRaw(port);
    socket.write(get());
    await arrived(1);
    socket.end(get("/early"));
    await closeOf(exchanges[0]);
    await expect.poll(connections).toBe(0);
    expect(exchanges).toHaveLength(1);
  });
});

describe("time", () => {
  test("ends a connection between two requests, without a word", async () => {
    const { port, cuts } = await openPort(echo(), { idleMs: 40 });
    const { socket, received: all } = await openRaw(port);
    socket.write(get());
    expect(await all).toMatch(/Keep-Alive: timeout=0\r\n[\s\S]*}$/);
    expect(cuts).toEqual([]);
  });

  test("does not end one whose answer is still to come", async () => {
    const { exchanges, handlers, arrived } = held();
    const { port } = await openPort(handlers, { idleMs: 20 });
    const { socket, received: all } = await openRaw(port);
    socket.write(get());
    await arrived(1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    exchanges[0]?.answer(200, [], "ok");
    expect(await all).toMatch(/ok$/);
  });

  test("cuts an answer that its client does not take", async () => {
    const { exchanges, handlers, arrived } = held();
    const { port, cuts, connections } = await openPort(handlers, { answerMs: 40 });
    const socket = createConnection({ host: "127.0.0.1", port }).pause();
    socket.on("error", () => undefined);
    onTestFinished(() => void socket.destroy());
    socket.write(get());
    await arrived(1);
    const length = 32 * 1024 * 1024;
    exchanges[0]?.answer(200, [], "x".repeat(length));
    await closeOf(exchanges[0]);
    await expect.poll(connections).toBe(0);
    expect(cuts).toEqual(["slow-reader"]);
  });

  test("cuts an exchange that never ends", async () => {
    const { handlers } = held();
    const { port, cuts } = await openPort(handlers, { streamMs: 40 });
    const { socket, received: all } = await openRaw(port);
    socket.write(get());
    expect(await all).toBe("");
    expect(cuts).toEqual(["long-stream"]);
  });
});

describe("the stop", () => {
  test("lets an exchange be the last of its connection", async () => {
    const { exchanges, handlers, arrived } = held();
    const listener = await openPort(handlers);
    const { socket, received: all } = await openRaw(listener.port);
    socket.write(get());
    await arrived(1);
    const drained = listener.drain();
    exchanges[0]?.answer(200, [], "done");
    await drained;
    expect(undated(await all)).toMatch(/Connection: close\r\n\r\ndone$/);
  });

  test("lets an answer leave that was sent before", async () => {
    const { exchanges, handlers, arrived } = held();
    const listener = await openPort(handlers);
    const { socket, received: all } = await openRaw(listener.port);
    socket.write(get());
    await arrived(1);
    const length = 8 * 1024 * 1024;
    exchanges[0]?.answer(200, [], `${"x".repeat(length)}!`);
    await listener.drain();
    expect(await all).toMatch(/Connection: keep-alive\r\n[\s\S]*x!$/);
  });

  test("does nothing that comes after the last answer", async () => {
    const { exchanges, handlers } = held();
    // A socket whose client goes on after it was closed, for as long as that may take.
    const half = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
    const socket = Object.assign(half, { destroySoon: () => void half.end() });
    const connection = new PlainConnection(socket as unknown as Socket, {
      ...{ limits: defaultLimits, onExchange: handlers.onExchange },
      handOver: () => expect.unreachable(),
      onCut: () => expect.unreachable(),
    });
    socket.push(get("/first"));
    await turn();
    connection.drain();
    exchanges[0]?.answer(200, [], "done");
    await closeOf(exchanges[0]);
    socket.push(get("/next"));
    await turn();
    expect(exchanges.map(({ url }) => url)).toEqual(["/first"]);
    socket.destroy();
  });

  test("closes idle connections", async () => {
    const listener = await openPort(echo());
    const { socket, received: all } = await openRaw(listener.port);
    socket.write(get());
    await received(socket, "}");
    await listener.drain();
    await all;
    expect(listener.connections()).toBe(0);
  });

  test("closes connections that node:http has taken over", async () => {
    const listener = await openPort(echo());
    const { socket, received: all } = await openRaw(listener.port);
    socket.write(get());
    await received(socket, "}");
    socket.write(get().repeat(2));
    await received(socket, "}");
    await listener.drain();
    await all;
    expect(listener.connections()).toBe(0);
  });
});
