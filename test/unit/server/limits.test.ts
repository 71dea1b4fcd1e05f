import { once } from "node:events";
import { constants } from "node:http2";
import { describe, expect, test } from "vitest";
import { defaultLimits, serverLimits } from "../../../src/server/limits.ts";
import type { HttpRequest, HttpResponse } from "../../../src/server/request.ts";
import { answerOf, frames, openPort, openRaw, openSession } from "../../support/port.ts";

const ok = (_request: HttpRequest, response: HttpResponse) => void response.end("ok");
const head = "GET / HTTP/1.1\r\nHost: a\r\n";

describe("options", () => {
  test("are completed with the defaults and frozen", () => {
    const limits = serverLimits({ streams: 2 });
    expect(limits).toEqual({ ...defaultLimits, streams: 2 });
    expect(Object.isFrozen(limits)).toBe(true);
  });

  test("allow no time at all only for draining", () => {
    expect(serverLimits({ drainMs: 0 }).drainMs).toBe(0);
  });

  test.each([
    { connections: 0 },
    { drainMs: -1 },
    { firstByteMs: -1 },
    { streams: 1.5 },
    { headerBytes: Number.NaN },
    { headersMs: 2, requestMs: 1 },
  ])("refuse %j", (limits) => {
    expect(() => serverLimits(limits)).toThrow(RangeError);
  });
});

describe("time", () => {
  test.each([
    ["nothing", ""],
    ["a part of the HTTP/2 preface", "PRI * HT"],
  ])("cuts a connection that sends %s", async (_name, bytes) => {
    const { port, cuts } = await openPort(ok, { firstByteMs: 20 });
    const { socket, received } = await openRaw(port);
    socket.write(bytes);
    expect(await received).toBe("");
    expect(cuts).toEqual(["slow-first-byte"]);
  });

  test.each([
    ["headers", head, { headersMs: 20 }],
    ["a body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx", { requestMs: 20 }],
  ])("answers 408 when %s over HTTP/1.1 do not come to an end", async (_name, bytes, limits) => {
    const { port, cuts } = await openPort(() => undefined, { headersMs: 10, ...limits });
    const { socket, received } = await openRaw(port);
    socket.write(bytes);
    expect(await received).toMatch(/^HTTP\/1.1 408 /);
    expect(cuts).toEqual(["slow-request"]);
  });

  test("cuts an HTTP/2 connection that sends no settings", async () => {
    const { port, cuts } = await openPort(ok, { headersMs: 20 });
    const { socket, received } = await openRaw(port);
    socket.write(frames.preface);
    await received;
    expect(cuts).toEqual(["slow-request"]);
  });

  test("resets an HTTP/2 stream whose body does not come to an end", async () => {
    const { url, cuts } = await openPort(() => undefined, { headersMs: 20, requestMs: 20 });
    const session = openSession(url);
    const stream = session.request({ ":method": "POST" });
    stream.on("error", () => undefined);
    stream.write("x");
    await new Promise((closed) => stream.once("close", closed));
    expect(stream.rstCode).toBe(constants.NGHTTP2_CANCEL);
    expect(cuts).toEqual(["slow-request"]);
    expect(session.closed).toBe(false);
  });

  test("closes idle connections of both protocols", async () => {
    const { url, port } = await openPort(ok, { idleMs: 20 });
    const { socket, received } = await openRaw(port);
    socket.write(`${head}\r\n`);
    expect(await received).toMatch(/ok$/);
    const session = openSession(url);
    expect(await answerOf(session.request())).toEqual([200, "ok"]);
    const [code] = await once(session, "goaway");
    expect(code).toBe(constants.NGHTTP2_NO_ERROR);
  });
});

describe("counts", () => {
  test("closes connections beyond the limit at once", async () => {
    const { url, port, cuts, connections } = await openPort(ok, { connections: 1 });
    const kept = await openRaw(port);
    const refused = await openRaw(port);
    expect(await refused.received).toBe("");
    expect(cuts).toEqual(["too-many-connections"]);
    expect(connections()).toBe(1);
    kept.socket.destroy();
    await kept.received;
    await expect.poll(connections).toBe(0);
    expect((await fetch(url)).status).toBe(200);
  });

  test("lets an HTTP/2 client have only so many streams at a time", async () => {
    const waiting: HttpResponse[] = [];
    const { url } = await openPort((_request, response) => void waiting.push(response), {
      streams: 2,
    });
    const session = openSession(url);
    await once(session, "remoteSettings");
    const answers = [1, 2, 3].map(() => answerOf(session.request()));
    await expect.poll(() => waiting.length).toBe(2);
    await new Promise((answered) => session.ping(answered));
    expect(waiting.length).toBe(2);
    for (const response of waiting) response.end();
    await expect.poll(() => waiting.length).toBe(3);
    waiting[2]?.end();
    expect((await Promise.all(answers)).map(([status]) => status)).toEqual([200, 200, 200]);
  });

  test("refuses streams beyond the limit of a client that ignores it", async () => {
    let requests = 0;
    const { port } = await openPort(() => void requests++, { streams: 2 });
    const { socket, received } = await openRaw(port);
    const gets = [1, 3, 5, 7].map(frames.get);
    socket.write(Buffer.concat([frames.preface, frames.settings, ...gets, frames.goaway]));
    await once(socket, "data");
    socket.destroy();
    await received;
    expect(requests).toBe(2);
  });

  test("cuts a client that pipelines too many requests", async () => {
    const { port, cuts } = await openPort(() => undefined, { pipelined: 2 });
    const { socket, received } = await openRaw(port);
    socket.write(`${head}\r\n`.repeat(3));
    expect(await received).toBe("");
    expect(cuts).toEqual(["too-many-pipelined"]);
  });

  test("cuts a session that resets too many streams while others go on", async () => {
    const { url, port, cuts } = await openPort(ok, { resets: 10 });
    const other = openSession(url);
    await once(other, "remoteSettings");
    const { socket, received } = await openRaw(port);
    socket.write(Buffer.concat([frames.preface, frames.settings]));
    const ids = Array.from({ length: 11 }, (_, index) => 2 * index + 1);
    socket.write(Buffer.concat(ids.flatMap((id) => [frames.get(id), frames.cancel(id)])));
    await received;
    expect(cuts).toEqual(["rapid-reset"]);
    expect(await answerOf(other.request())).toEqual([200, "ok"]);
  });

  test("bears as many resets as are allowed", async () => {
    const { port, cuts } = await openPort(ok, { resets: 10 });
    const { socket, received } = await openRaw(port);
    socket.write(Buffer.concat([frames.preface, frames.settings]));
    const ids = Array.from({ length: 10 }, (_, index) => 2 * index + 1);
    socket.write(Buffer.concat(ids.flatMap((id) => [frames.get(id), frames.cancel(id)])));
    socket.write(Buffer.concat([frames.get(101), frames.goaway]));
    expect(await received).toMatch(/ok/);
    expect(cuts).toEqual([]);
  });
});

describe("headers", () => {
  test("answers of the port itself are not to be kept either", async () => {
    const { port, url } = await openPort(ok);
    const tooMany = "x: 1\r\n".repeat(99);
    for (const broken of [
      `${head}Connection: close\r\n${tooMany}\r\n`,
      "GET\r\n\r\n",
      `${head}Connection: close\r\nExpect: x\r\n\r\n`,
    ]) {
      const { socket, received } = await openRaw(port);
      socket.write(broken);
      expect(await received).toMatch(/^HTTP\/1.1 4\d\d .*\r\ncache-control: no-store\r\n/is);
    }
    const stream = openSession(url)
      .request({ x: "y".repeat(16 * 1024) })
      .resume();
    const [headers] = await once(stream, "response");
    expect(headers["cache-control"]).toBe("no-store");
  });

  const fields = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-${index}`, "1"]));
  const lines = (count: number) =>
    Object.keys(fields(count))
      .map((name) => `${name}: 1\r\n`)
      .join("");

  test.each([
    ["as many fields as are allowed", lines(98), 200],
    ["one field too many", lines(99), 431],
    ["many fields too many", lines(300), 431],
    ["too long a field", `x: ${"y".repeat(16 * 1024)}\r\n`, 431],
  ])("over HTTP/1.1, %s", async (_name, extra, status) => {
    const { port } = await openPort(ok);
    const { socket, received } = await openRaw(port);
    socket.write(`${head}Connection: close\r\n${extra}\r\n`);
    expect(await received).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  test.each([
    ["as many fields as are allowed", fields(100), 200, constants.NGHTTP2_NO_ERROR],
    ["one field too many", fields(101), undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM],
    ["too long a field", { x: "y".repeat(16 * 1024) }, 431, constants.NGHTTP2_NO_ERROR],
  ])("over HTTP/2, %s", async (_name, extra, status, code) => {
    const { url } = await openPort(ok);
    const session = openSession(url);
    const stream = session.request(extra).resume();
    let seen: number | undefined;
    stream.on("response", (headers) => {
      seen = headers[":status"];
    });
    stream.on("error", () => undefined);
    await new Promise((closed) => stream.once("close", closed));
    expect([seen, stream.rstCode]).toEqual([status, code]);
    expect(await answerOf(session.request())).toEqual([200, "ok"]);
  });

  test("answers 400 to what is no HTTP", async () => {
    const { port, cuts } = await openPort(ok);
    const { socket, received } = await openRaw(port);
    socket.write("\x16\x03\x01\x02\x00\r\n\r\n");
    expect(await received).toMatch(/^HTTP\/1.1 400 /);
    expect(cuts).toEqual(["malformed-request"]);
  });
});
