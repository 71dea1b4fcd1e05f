/** Receivers that do whatever they can: each call ends in time, with the stage where it failed. */
import type { Socket } from "node:net";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { failed, failureOf, milliseconds, openCalls } from "../../support/calls.ts";
import {
  answering,
  answeringOnce,
  answerOf,
  type Behaviour,
  onRequests,
  openReceiver,
  writeEndlessly,
} from "../../support/receiver.ts";

const ok = "HTTP/1.1 200 OK\r\n";
const mebibyte = 1024 * 1024;

/** Sends the bytes one by one for as long as the connection lives. */
function dripping(bytes: string): Behaviour {
  return onRequests((socket) => {
    let next = 0;
    const timer = setInterval(() => socket.write(bytes.charAt(next++ % bytes.length)), 20);
    socket.once("close", () => clearInterval(timer));
  });
}

/** Answers requests endlessly. */
const endless = (head: string, bytes: string | Uint8Array) =>
  onRequests((socket) => {
    socket.write(head);
    writeEndlessly(socket, bytes);
  });

const reset = (socket: Socket) => void socket.resetAndDestroy();

const zeros = Buffer.alloc(64 * mebibyte);
const gzipBomb = gzipSync(zeros);
const brotliBomb = brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
const encoded = (coding: string, body: Uint8Array) =>
  answering(answerOf(body, { headers: `Content-Encoding: ${coding}\r\n` }));

/** They hold the call until its time is over. */
const slow: readonly [string, string, Behaviour][] = [
  ["never answers", "headers, timed out", onRequests(() => undefined)],
  [
    "sends its headers a byte at a time",
    "headers, timed out",
    dripping(`${ok}X-A: ${"a".repeat(99)}`),
  ],
  ["sends its status line a byte at a time", "headers, timed out", dripping("HTTP/1.1 200 O")],
  ["stops in its headers", "headers, timed out", answering(`${ok}X-A: `)],
  [
    "sends one interim answer and no more",
    "headers, timed out",
    answering("HTTP/1.1 103 Hints\r\n\r\n"),
  ],
  [
    "sends an endless status text",
    "headers, timed out",
    endless("HTTP/1.1 200 ", "a".repeat(65_536)),
  ],
  [
    "sends its body a byte at a time",
    "body, timed out",
    onRequests((socket) => {
      socket.write(`${ok}Content-Length: 1000000\r\n\r\n`);
      const timer = setInterval(() => socket.write("a"), 20);
      socket.once("close", () => clearInterval(timer));
    }),
  ],
  ["stops in its body", "body, timed out", answering(`${ok}Content-Length: 10\r\n\r\n12345`)],
  [
    "sends endless chunk extensions",
    "body, timed out",
    endless(`${ok}Transfer-Encoding: chunked\r\n\r\n1;`, "a".repeat(65_536)),
  ],
  [
    "compresses nothing, endlessly",
    "body, timed out",
    answering(`${ok}Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n`),
  ],
];

test.each(slow)("a receiver that %s: %s", async (_name, outcome, behaviour) => {
  const receiver = await openReceiver(behaviour);
  const result = await openCalls().post(receiver.url, { timeout: milliseconds(300) });
  expect(failureOf(result)).toBe(outcome);
  await expect.poll(receiver.open).toBe(0);
});

/** They end the call themselves, or reach a bound. */
const fast: readonly [string, string, Behaviour][] = [
  ["closes at once", "headers", (socket) => socket.resume().end()],
  ["closes its half without an answer", "headers", onRequests((socket) => socket.end())],
  ["resets when the request is here", "headers", onRequests(reset)],
  ["closes in its headers", "headers", answeringOnce(`${ok}X-A: b`)],
  [
    "speaks another protocol",
    "headers",
    (socket) => void socket.resume().write("SSH-2.0-OpenSSH_9.9\r\n"),
  ],
  ["answers with HTTP/0.9", "headers", answering("hello")],
  ["answers with HTTP/2", "headers", answering(Buffer.from("00001204000000000000", "hex"))],
  ["answers with version 3", "headers", answering("HTTP/3.0 200 OK\r\n\r\n")],
  ["answers with no status", "headers", answering("HTTP/1.1 OK\r\n\r\n")],
  ["answers with status 99", "headers", answering("HTTP/1.1 099 Low\r\n\r\n")],
  ["answers with a space in a header name", "headers", answering(`${ok}X A: b\r\n\r\n`)],
  ["answers with a NUL in a header", "headers", answering(`${ok}X-A: \0\r\n\r\n`)],
  [
    "answers with two lengths",
    "headers",
    answering(`${ok}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`),
  ],
  ["answers with a length below zero", "headers", answering(`${ok}Content-Length: -1\r\n\r\n`)],
  [
    "answers with length and chunks",
    "headers",
    answering(`${ok}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`),
  ],
  [
    "switches protocols",
    "headers",
    answering("HTTP/1.1 101 Switch\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
  ],
  ["says continue", "headers", answering("HTTP/1.1 100 Continue\r\n\r\n", answerOf("{}"))],
  [
    "sends interim answers endlessly",
    "headers",
    endless("", "HTTP/1.1 103 Hints\r\nLink: a\r\n\r\n"),
  ],
  ["sends endless headers", "headers", endless(ok, "X-A: 0123456789\r\n".repeat(1000))],
  ["sends one endless header", "headers", endless(`${ok}X-A: `, "a".repeat(65_536))],
  ["sends 100 MB of headers", "headers", answering(ok, Buffer.alloc(100_000_000, "X-A: b\r\n"))],
  [
    "resets in its body",
    "body",
    onRequests((socket) => {
      socket.write(`${ok}Content-Length: 10\r\n\r\n12345`, () => setImmediate(reset, socket));
    }),
  ],
  [
    "closes before its body is complete",
    "body",
    answeringOnce(`${ok}Content-Length: 10\r\n\r\n12345`),
  ],
  [
    "closes within a chunk",
    "body",
    answeringOnce(`${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nab`),
  ],
  [
    "sends garbage for a chunk",
    "body",
    answering(`${ok}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`),
  ],
  [
    "sends a chunk longer than its size",
    "body",
    answering(`${ok}Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n`),
  ],
  [
    "sends a chunk size beyond 64 bits",
    "body",
    answering(`${ok}Transfer-Encoding: chunked\r\n\r\n${"f".repeat(17)}\r\n`),
  ],
  [
    "sends endless trailers",
    "body",
    endless(`${ok}Transfer-Encoding: chunked\r\n\r\n0\r\n`, "X-A: 0123456789\r\n".repeat(1000)),
  ],
  ["sends a body without end", "body", endless(`${ok}\r\n`, Buffer.alloc(65_536))],
  [
    "sends chunks without end",
    "body",
    endless(`${ok}Transfer-Encoding: chunked\r\n\r\n`, "1\r\na\r\n".repeat(10_000)),
  ],
  [
    "sends compressed bytes without end",
    "body",
    endless(`${ok}Content-Encoding: br\r\n\r\n`, Buffer.alloc(65_536)),
  ],
  ["compresses with what was not offered", "body", encoded("zstd", Buffer.from("{}"))],
  ["compresses twice", "body", encoded("gzip, gzip", gzipSync(gzipBomb))],
];

test.each(fast)("a receiver that %s fails at the stage %s", async (_name, outcome, behaviour) => {
  const receiver = await openReceiver(behaviour);
  expect(failureOf(await openCalls().post(receiver.url))).toBe(outcome);
  await expect.poll(receiver.open).toBe(0);
});

test("a receiver that resets at once fails before an answer", async () => {
  const receiver = await openReceiver(reset);
  const { stage } = failed(await openCalls().post(receiver.url));
  // Whether the reset or the request is first is chance.
  expect(["connect", "send", "headers"]).toContain(stage);
});

test("a receiver that resets before it took the whole request fails at the stage send", async () => {
  const receiver = await openReceiver((socket) => socket.once("readable", () => reset(socket)));
  const result = await openCalls().post(receiver.url, { body: Buffer.alloc(64 * mebibyte) });
  expect(failureOf(result)).toBe("send");
});

test("a receiver that does not take the request runs out of time at the stage send", async () => {
  const receiver = await openReceiver((socket) => socket.pause());
  const request = { body: Buffer.alloc(64 * mebibyte), timeout: milliseconds(300) };
  expect(failureOf(await openCalls().post(receiver.url, request))).toBe("send, timed out");
});

/** The answer is HTTP/1.1; only its contents are useless, so the connection stays. */
const undecodable: readonly [string, Behaviour][] = [
  ["sends a gzip bomb", encoded("gzip", gzipBomb)],
  ["sends a brotli bomb", encoded("br", brotliBomb)],
  ["cuts its gzip short", encoded("gzip", gzipSync("{}").subarray(0, -4))],
  ["calls plain text gzip", encoded("gzip", Buffer.from("plain"))],
  ["calls plain text deflate", encoded("deflate", Buffer.from("plain"))],
  ["calls plain text brotli", encoded("br", Buffer.from("plain text"))],
];

test.each(undecodable)("a receiver that %s fails at the stage body", async (_name, behaviour) => {
  const receiver = await openReceiver(behaviour);
  const calls = openCalls();
  expect(failureOf(await calls.post(receiver.url))).toBe("body");
  expect(receiver.open()).toBe(1);
  await calls.close();
  await expect.poll(receiver.open).toBe(0);
});
