/** Bounds on connections, time and headers. */
import { once } from "node:events";
import { defaultLimits } from "../../../src/server/limits.ts";
import { answerOf, openRaw, type RawConnection } from "../../support/port.ts";
import { http1Outcome, type PortBound, type TriedPort } from "./bound.ts";
import { flood, http2Frames, http2Outcome, resetName } from "./frames.ts";

const head = "GET / HTTP/1.1\r\nHost: a\r\n";
const last = "Connection: close\r\n\r\n";
const seconds = (milliseconds: number) => `${milliseconds / 1000} s`;
const count = (number: number) => number.toLocaleString("en-US");

async function http1(port: TriedPort, text: string): Promise<string> {
  const { socket, received } = await port.raw("http1");
  socket.write(text);
  return http1Outcome(await received);
}

const connectionBounds: readonly PortBound[] = [
  {
    bound: "Open connections",
    limit: count(defaultLimits.connections),
    triedWith: { connections: 3 },
    outcomes: ["200", "connection ended (too-many-connections)"],
    async reach(port, over) {
      for (let open = 1; open < port.limits.connections + over; open++) await port.raw("http1");
      return http1(port, head + last).catch(() => "connection ended");
    },
  },
  {
    bound: "Requests under way on an HTTP/1.1 connection",
    limit: count(defaultLimits.pipelined),
    outcomes: [
      Array(defaultLimits.pipelined).fill("200").join(", "),
      "connection ended (too-many-pipelined)",
    ],
    reach(port, over) {
      const open = Array<string>(port.limits.pipelined - 1 + over).fill(`${head}\r\n`);
      return http1(port, open.join("") + head + last);
    },
  },
  {
    bound: "Requests under way on an HTTP/2 connection",
    limit: count(defaultLimits.streams),
    outcomes: ["answered", "RST_STREAM REFUSED_STREAM"],
    async reach(port, over) {
      const posts = Array.from({ length: port.limits.streams - 1 + over }, (_, index) =>
        http2Frames.post(2 * index + 1),
      );
      const connection = await port.raw("http2");
      const { socket, received } = connection;
      const { preface, settings, get } = http2Frames;
      socket.write(Buffer.concat([preface, settings, ...posts, get(9001)]));
      await replied(connection, 9001);
      socket.destroy();
      return http2Outcome(Buffer.from(await received, "latin1"), 9001);
    },
  },
];

/** Resolves when the server has said something about a stream. */
async function replied({ socket }: RawConnection, stream: number): Promise<void> {
  let bytes = Buffer.alloc(0);
  for (;;) {
    const [chunk] = await once(socket, "data");
    bytes = Buffer.concat([bytes, chunk]);
    if (http2Outcome(bytes, stream) !== "connection ended") return;
  }
}

/** The second request comes at once, or when the connection was idle for so long. */
function idleBound(protocol: "http1" | "http2"): PortBound {
  const requests =
    protocol === "http1"
      ? [`${head}\r\n`, head + last]
      : [
          Buffer.concat([http2Frames.preface, http2Frames.settings, http2Frames.get(1)]),
          http2Frames.get(3),
        ];
  return {
    bound: `Time between two requests on an ${protocol === "http1" ? "HTTP/1.1" : "HTTP/2"} connection`,
    limit: seconds(defaultLimits.idleMs),
    shortened: { idleMs: 300 },
    outcomes: ["answered", "connection ended"],
    async reach(port, over) {
      const connection = await port.raw(protocol);
      const { socket, received } = connection;
      const [first = "", second = ""] = requests;
      socket.write(first);
      if (over === 1) await received;
      else await once(socket, "data");
      if (socket.destroyed) return "connection ended";
      const answer = once(socket, "data");
      socket.write(second);
      await answer;
      socket.destroy();
      return "answered";
    },
  };
}

const timeBounds: readonly PortBound[] = [
  {
    bound: "Time for the TLS handshake",
    limit: seconds(defaultLimits.handshakeMs),
    shortened: { handshakeMs: 300 },
    tlsOnly: true,
    outcomes: ["200", "connection ended (slow-handshake)"],
    async reach(port, over) {
      if (over === 0) return http1(port, head + last);
      const { received } = await openRaw(port.port);
      return http1Outcome(await received);
    },
  },
  {
    bound: "Time for the first byte of a connection",
    limit: seconds(defaultLimits.firstByteMs),
    shortened: { firstByteMs: 300 },
    outcomes: ["200", "connection ended (slow-first-byte)"],
    reach: (port, over) => http1(port, over ? "" : head + last),
  },
  {
    bound: "Time for the headers of an HTTP/1.1 request",
    limit: seconds(defaultLimits.headersMs),
    shortened: { headersMs: 300 },
    outcomes: ["200", "408 (slow-request)"],
    reach: (port, over) => http1(port, over ? head : head + last),
  },
  {
    bound: "Time for the SETTINGS of an HTTP/2 connection",
    limit: seconds(defaultLimits.headersMs),
    shortened: { headersMs: 300 },
    outcomes: ["answered", "connection ended (slow-request)"],
    async reach(port, over) {
      const connection = await port.raw("http2");
      if (over === 0) return flood(connection, []);
      connection.socket.write(http2Frames.preface);
      return http2Outcome(Buffer.from(await connection.received, "latin1"), 1);
    },
  },
  {
    bound: "Time for the body of an HTTP/1.1 request",
    limit: seconds(defaultLimits.requestMs),
    shortened: { headersMs: 300, requestMs: 300 },
    outcomes: ["200", "408 (slow-request)"],
    reach: (port, over) =>
      http1(port, `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${1 + over}\r\n${last}x`),
  },
  {
    bound: "Time for the body of an HTTP/2 request",
    limit: seconds(defaultLimits.requestMs),
    shortened: { headersMs: 300, requestMs: 300 },
    outcomes: ["answered", "RST_STREAM CANCEL (slow-request)"],
    async reach(port, over) {
      const connection = await port.raw("http2");
      const { preface, settings, post, get, goaway } = http2Frames;
      const request = over ? post(1) : get(1);
      connection.socket.write(Buffer.concat([preface, settings, request, goaway]));
      return http2Outcome(Buffer.from(await connection.received, "latin1"), 1);
    },
  },
  ...(["http1", "http2"] as const).map(idleBound),
  {
    bound: "Time for the client to take an HTTP/2 answer",
    limit: seconds(defaultLimits.answerMs),
    shortened: { answerMs: 300 },
    outcomes: ["answered", "RST_STREAM CANCEL (slow-reader)"],
    async reach(port, over) {
      const connection = await port.raw("http2");
      const { preface, settings, noWindow, get, goaway } = http2Frames;
      connection.socket.write(Buffer.concat([preface, over ? noWindow : settings, get(1), goaway]));
      return http2Outcome(Buffer.from(await connection.received, "latin1"), 1);
    },
  },
  {
    bound: "Time for an HTTP/2 request and its answer together",
    limit: "1 h",
    shortened: { streamMs: 300 },
    outcomes: ["answered", "RST_STREAM CANCEL (long-stream)"],
    async reach(port, over) {
      const connection = await port.raw("http2");
      const { preface, settings, post, get, goaway } = http2Frames;
      const request = over ? post(1) : get(1);
      connection.socket.write(Buffer.concat([preface, settings, request, goaway]));
      return http2Outcome(Buffer.from(await connection.received, "latin1"), 1);
    },
  },
];

const fields = (number: number) =>
  Array.from({ length: number }, (_, index) => `x-${index}: 1\r\n`).join("");

const headerBounds: readonly PortBound[] = [
  {
    bound: "Headers of an HTTP/1.1 request",
    limit: "16 KiB",
    outcomes: ["200", "431 (malformed-request)"],
    reach(port, over) {
      const counted = "/HostaConnectioncloselong".length;
      const value = "y".repeat(port.limits.headerBytes - counted + over);
      return http1(port, `${head}long: ${value}\r\n${last}`);
    },
  },
  {
    bound: "Headers of an HTTP/2 request (RFC 9113 section 6.5.2)",
    limit: "16 KiB",
    outcomes: ["200", "431"],
    async reach(port, over) {
      const session = port.session();
      const sized = {
        ":method": "GET",
        ":path": "/",
        ":scheme": "http",
        ":authority": "a",
        long: "",
      };
      const used = Object.entries(sized).reduce(
        (size, [name, value]) => size + name.length + value.length + 32,
        0,
      );
      const long = "y".repeat(port.limits.headerBytes - used + over);
      const [status] = await answerOf(session.request({ ...sized, long }));
      return String(status);
    },
  },
  {
    bound: "Header fields of an HTTP/1.1 request",
    limit: count(defaultLimits.headerFields),
    outcomes: ["200", "431"],
    reach: (port, over) =>
      http1(port, `${head}${fields(port.limits.headerFields - 2 + over)}${last}`),
  },
  {
    bound: "Header fields of an HTTP/2 request",
    limit: count(defaultLimits.headerFields),
    outcomes: ["answered", "RST_STREAM ENHANCE_YOUR_CALM"],
    async reach(port, over) {
      const names = Array.from({ length: port.limits.headerFields + over }, (_, i) => `x-${i}`);
      const stream = port.session().request(Object.fromEntries(names.map((name) => [name, "1"])));
      stream.resume().on("error", () => undefined);
      await new Promise((closed) => stream.once("close", closed));
      return stream.rstCode === 0 ? "answered" : `RST_STREAM ${resetName(stream.rstCode)}`;
    },
  },
];

export const portBounds = [...connectionBounds, ...timeBounds, ...headerBounds];
