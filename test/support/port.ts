/** A listener for tests and raw bytes to try it with. */
import { once } from "node:events";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type SecureClientSessionOptions,
} from "node:http2";
import { createConnection, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { onTestFinished } from "vitest";
import type { ServerLimits } from "../../src/server/limits.ts";
import { type Listener, listen } from "../../src/server/listen.ts";
import type { CutReason, RequestHandler, RequestHandlers } from "../../src/server/request.ts";
import type { CertificateSource } from "../../src/server/tls/certificate-follower.ts";

export interface TestPort extends Listener {
  /** Why connections and requests were cut so far. */
  readonly cuts: readonly CutReason[];
}

/** Opens a port that is closed when the test ends. */
export async function openPort(
  handlers: RequestHandler | RequestHandlers,
  limits: Partial<ServerLimits> = {},
  certificates?: CertificateSource,
): Promise<TestPort> {
  const cuts: CutReason[] = [];
  const listener = await listen({
    host: "127.0.0.1",
    port: 0,
    limits: { lingerMs: 100, ...limits },
    nodeHttp2: process.env.TARGETD_TEST_STRAIGHT_PATH === "off",
    certificates,
    ...(typeof handlers === "function" ? { onRequest: handlers } : handlers),
    onCut: (reason) => cuts.push(reason),
  });
  onTestFinished(() => listener.close());
  return { ...listener, cuts };
}

/** A connection to the port, with everything it receives until it closes. */
export interface RawConnection {
  readonly socket: Socket;
  /** Resolves with all bytes as text when the server has closed the connection. */
  readonly received: Promise<string>;
}

/** @param tls speaks TLS with these options; else cleartext */
export async function openRaw(port: number, tls?: ConnectionOptions): Promise<RawConnection> {
  const address = { host: "127.0.0.1", port };
  const socket = tls ? connectTls({ ...address, ...tls }) : createConnection(address);
  onTestFinished(() => void socket.destroy());
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(socket, tls ? "secureConnect" : "connect");
  socket.on("error", () => socket.destroy());
  const received = new Promise<string>((resolve) => {
    socket.once("close", () => resolve(Buffer.concat(chunks).toString("latin1")));
  });
  return { socket, received };
}

/** An HTTP/2 client session, in cleartext with prior knowledge, closed when the test ends. */
export function openSession(url: string, tls: SecureClientSessionOptions = {}): ClientHttp2Session {
  const session = connect(url, tls);
  session.on("error", () => session.destroy());
  onTestFinished(() => session.destroy());
  return session;
}

/** The status and body of an HTTP/2 response. */
export async function answerOf(stream: ClientHttp2Stream): Promise<[number, string]> {
  const [headers] = await once(stream, "response");
  let body = "";
  for await (const chunk of stream.setEncoding("utf8")) body += chunk;
  return [headers[":status"], body];
}

/** Makes an HTTP/2 frame (RFC 9113 section 4.1). */
export const frame = (
  type: number,
  flags: number,
  stream: number,
  payload: Buffer = Buffer.alloc(0),
) => {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
};

/** Raw HTTP/2 frames (RFC 9113 section 6). */
export const frames = {
  preface: Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1"),
  settings: frame(4, 0, 0),
  /** GET / of authority "a", with END_HEADERS and END_STREAM. */
  get: (stream: number) => frame(1, 0x5, stream, Buffer.from([0x82, 0x86, 0x84, 0x01, 0x01, 0x61])),
  /** GOAWAY without an error: the client is done. */
  goaway: frame(7, 0, 0, Buffer.alloc(8)),
  /** RST_STREAM with CANCEL. */
  cancel: (stream: number) => frame(3, 0, stream, Buffer.from([0, 0, 0, 8])),
};
