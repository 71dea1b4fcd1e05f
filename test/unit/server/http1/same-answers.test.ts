/** Whether a request is plain must show in nothing that a client can see. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RequestHandlers } from "../../../../src/server/request.ts";
import { openPort, openRaw, type TestPort } from "../../../support/port.ts";
import { echo, undated } from "./support/echo.ts";

const limits = { headerBytes: 400, headerFields: 8 };

interface Drawn {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  readonly fields: readonly string[];
  readonly body: string;
  readonly hasLength: boolean;
  /** Where its bytes are cut, as shares of them. */
  readonly cuts: readonly number[];
}

const mostly = (often: fc.Arbitrary<string>, ...odd: readonly string[]) =>
  fc.oneof({ weight: 10, arbitrary: often }, { weight: 1, arbitrary: fc.constantFrom(...odd) });

const fieldLines = fc.array(
  mostly(
    fc.constantFrom("x: 1", "Accept: */*", "Connection: keep-alive", "User-Agent: a (b)"),
    "Host: b",
    "X: 2",
    "Content-Length: 3",
    "Content-Length: 0",
    "content-length: +1",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding : chunked",
    "Transfer-Encoding: identity",
    "Connection: close",
    "Proxy-Connection: close",
    "Upgrade: h2c",
    "TE: trailers",
    "Expect: 100-continue",
    "Expect: something",
    " folded",
    "no colon",
    "tab: a\tb",
    "latin: \xe9",
    "nul: \0",
    "feed: a\nb: c",
    "return: a\rb",
    "spaces:   a  ",
    "empty:",
    "__proto__: x",
    `long: ${"x".repeat(300)}`,
  ),
  { maxLength: 5 },
);

const drawn: fc.Arbitrary<Drawn> = fc.record({
  method: mostly(fc.constantFrom("GET", "POST", "PATCH"), "HEAD", "get", "PURGE", "NONE", "GET "),
  target: mostly(
    fc.constantFrom("/", "/a?b=c", "/missing"),
    "http://a/",
    "*",
    "/\xe9",
    "/ a",
    "/#",
  ),
  version: mostly(fc.constant("HTTP/1.1"), "HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "http/1.1", ""),
  fields: fieldLines,
  body: mostly(
    fc.constantFrom("", "{}", "é"),
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "1\r\nx\r\n0\r\n\r\n",
  ),
  hasLength: fc.boolean(),
  cuts: fc.oneof(
    { weight: 6, arbitrary: fc.constant([]) },
    {
      weight: 1,
      arbitrary: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 2 }),
    },
  ),
});

function piecesOf({ method, target, version, fields, body, hasLength, cuts }: Drawn): Buffer[] {
  const bodyBytes = Buffer.from(body);
  const length = hasLength ? [`Content-Length: ${bodyBytes.length}`] : [];
  const lines = [`${method} ${target} ${version}`, "Host: a", ...fields, ...length];
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  const bytes = Buffer.concat([head, bodyBytes]);
  const places = cuts.map((cut) => Math.floor(cut * bytes.length)).sort((a, b) => a - b);
  const pieces = [0, ...places].map((from, index) => bytes.subarray(from, places[index]));
  return pieces.filter((piece) => piece.length > 0);
}

/** Ends every conversation, whatever came before. */
const last = Buffer.from("GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

const accepted: Socket[] = [];
const noteSocket = (message: unknown) =>
  void accepted.push((message as { readonly socket: Socket }).socket);

/** Sends each piece when all before it was read, so that both servers see the same pieces. */
async function answersTo({ port }: TestPort, pieces: readonly Buffer[]): Promise<string> {
  accepted.length = 0;
  const { socket, received } = await openRaw(port);
  let sent = 0;
  for (const piece of pieces) {
    socket.write(piece);
    sent += piece.length;
    const isRead = () => accepted.some(({ bytesRead }) => bytesRead >= sent);
    while (!isRead() && !socket.destroyed) await turn();
    for (let turns = 0; turns < 5; turns += 1) await turn();
  }
  return undated(await received);
}

beforeAll(() => subscribe("net.server.socket", noteSocket));
afterAll(() => void unsubscribe("net.server.socket", noteSocket));

test("requests are answered as node:http answers them, however odd and however cut", async () => {
  const quick = echo();
  const { onRequest }: RequestHandlers = quick;
  const [plain, node] = await Promise.all([openPort(quick, limits), openPort(onRequest, limits)]);
  const conversation = fc.array(drawn, { minLength: 1, maxLength: 4 });
  const property = fc.asyncProperty(conversation, async (requests) => {
    const pieces = [...requests.flatMap(piecesOf), last];
    expect(await answersTo(plain, pieces)).toBe(await answersTo(node, pieces));
  });
  await fc.assert(property, { numRuns: 400 });
  expect(quick.taken.length).toBeGreaterThan(100);
});
