/**
 * REST over HTTP/1.1 has a way of its own past node:http, which must show in nothing that a client can see:
 * everything is compared byte by byte, on connections that stay plain.
 */
import { once } from "node:events";
import { createConnection } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestApp, type TestApp } from "../support/app.ts";

const origin = "https://console.example.com";

let straight: TestApp;
let plain: TestApp;
let crossOrigin: readonly TestApp[];

const start = (path: "on" | "off", env: Readonly<Record<string, string>> = {}) =>
  startTestApp({ env: { TARGETD_STRAIGHT_PATH: path, ...env } });

beforeAll(async () => {
  const origins = { TARGETD_CORS_ORIGINS: origin };
  [straight, plain] = await Promise.all([start("on"), start("off")]);
  crossOrigin = await Promise.all([start("on", origins), start("off", origins)]);
});

afterAll(async () => {
  for (const app of [straight, plain, ...crossOrigin]) await app.stop();
});

interface Sent {
  readonly method?: string;
  readonly path?: string;
  /** Undefined ones are not sent. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | Uint8Array;
}

const targets = "/v2/actions/targets";

const requests: Readonly<Record<string, Sent>> = {
  "a list": { method: "POST", path: `${targets}/search`, body: "{}" },
  "a list without a body": { method: "POST", path: `${targets}/search` },
  "a list by GET": { path: `${targets}?pageSize=1` },
  "long lists of methods": { path: "/v2/actions/executions/methods" },
  "a target that is not there": { path: `${targets}/1` },
  "an update of a target that is not there": {
    method: "PATCH",
    path: `${targets}/1`,
    body: '{"name":"é"}',
  },
  "a name in UTF-8 that is refused": {
    method: "PATCH",
    path: `${targets}/1`,
    body: '{"timeout":"é","naïve":1}',
  },
  "every mistake": {
    method: "POST",
    path: targets,
    body: '{"name":"","endpoint":"?","timeout":"271s"}',
  },
  "no JSON": { method: "POST", path: targets, body: "{" },
  "two equal keys": { method: "POST", path: targets, body: '{"name":"a","name":"b"}' },
  "bytes that are no UTF-8": { method: "POST", path: targets, body: Buffer.from([0x7b, 0xff]) },
  "an unknown path": { path: "/nothing/here" },
  "an empty path": { path: "/" },
  "a path that cannot be decoded": { path: `${targets}/%zz` },
  "an empty segment": { path: `${targets}//` },
  "a wrong method": { method: "PUT", path: `${targets}/1`, body: "{}" },
  "a body where none belongs": { path: `${targets}/1`, body: '{"id":"2"}' },
  "no credential": { path: `${targets}/1`, headers: { authorization: undefined } },
  "a wrong credential": { path: `${targets}/1`, headers: { authorization: "Bearer nobody" } },
  "an odd If-Match": {
    method: "PATCH",
    path: `${targets}/1`,
    headers: { "if-match": 'W/"1"' },
    body: "{}",
  },
  gzip: {
    method: "POST",
    path: `${targets}/search`,
    headers: { "content-encoding": "gzip" },
    body: gzipSync("{}"),
  },
  "damaged gzip": {
    method: "POST",
    path: `${targets}/search`,
    headers: { "content-encoding": "gzip" },
    body: "damaged",
  },
  "an unknown encoding": {
    method: "POST",
    path: `${targets}/search`,
    headers: { "content-encoding": "zstd" },
    body: "{}",
  },
  "a type that is not JSON": {
    method: "POST",
    path: `${targets}/search`,
    headers: { "content-type": "multipart/form-data" },
    body: "{}",
  },
  "a type of gRPC": {
    method: "POST",
    path: "/nothing/here",
    headers: { "content-type": "application/grpc" },
  },
  "the version of Connect": {
    method: "POST",
    path: "/nothing/here",
    headers: { "connect-protocol-version": "1" },
    body: "{}",
  },
  health: { path: "/healthz" },
  readiness: { path: "/readyz" },
  "key sets": { path: "/.well-known/jwks.json" },
  "a page of another origin": { path: `${targets}/1`, headers: { origin } },
  "a page of no origin of ours": {
    path: `${targets}/1`,
    headers: { origin: "https://example.net" },
  },
};

/** Sends a request twice on a connection, and a last one; everything that comes back but for dates. */
async function answersOf(app: TestApp, sent: Sent): Promise<string> {
  const { method = "GET", path = "/", body } = sent;
  const { hostname, port } = new URL(app.url);
  const socket = createConnection(Number(port), hostname).setNoDelay();
  const headers = { host: "targetd", authorization: `Bearer ${app.tokens.owner}`, ...sent.headers };
  const length = body === undefined ? [] : [`content-length: ${Buffer.byteLength(body)}`];
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  const head = `${[`${method} ${path} HTTP/1.1`, ...lines, ...length].join("\r\n")}\r\n\r\n`;
  const bytes = Buffer.concat([Buffer.from(head), Buffer.from(body ?? "")]);
  let all = "";
  socket.setEncoding("latin1").on("data", (text: string) => {
    all += text;
  });
  for (let answers = 1; answers <= 2; answers += 1) {
    socket.write(bytes);
    while (!hasAnswers(all, answers)) await once(socket, "data");
  }
  socket.write("GET /healthz HTTP/1.1\r\nhost: targetd\r\nconnection: close\r\n\r\n");
  await once(socket, "close");
  return all.replaceAll(/^Date: [^\r]*/gm, "Date: now");
}

/** Whether that many answers, each with its length, are here as a whole. */
function hasAnswers(all: string, count: number): boolean {
  let rest = all;
  for (let answers = 0; answers < count; answers += 1) {
    const end = rest.indexOf("\r\n\r\n");
    const length = /^content-length: (\d+)\r$/im.exec(rest.slice(0, end + 1))?.[1];
    const next = end + 4 + Number(length);
    if (end < 0 || rest.length < next) return false;
    rest = rest.slice(next);
  }
  return true;
}

test.each(Object.entries(requests))("REST with %s is the same past node:http", async (_, sent) => {
  expect(await answersOf(straight, sent)).toBe(await answersOf(plain, sent));
});

test.each(Object.entries(requests))("%s for pages of other origins, too", async (_, sent) => {
  const [first, second] = await Promise.all(crossOrigin.map((app) => answersOf(app, sent)));
  expect(first).toBe(second);
});
