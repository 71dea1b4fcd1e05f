/** Receivers of calls that do exactly what a test wants, byte by byte. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { onTestFinished } from "vitest";
import type { TestCertificate } from "./certificate.ts";

/** What a receiver does with a connection. */
export type Behaviour = (socket: Socket) => void;

export interface Receiver {
  readonly port: number;
  /** With the address 127.0.0.1. */
  readonly url: string;
  /** Connections that were accepted so far. */
  readonly accepted: () => number;
  /** Those that are open. */
  readonly open: () => number;
}

export interface ReceiverOptions {
  readonly host?: string;
  readonly port?: number;
  /** Speaks TLS with it. */
  readonly certificate?: TestCertificate;
}

/** Starts a receiver that is closed when the test ends. */
export async function openReceiver(
  behaviour: Behaviour,
  { host = "127.0.0.1", port = 0, certificate }: ReceiverOptions = {},
): Promise<Receiver> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = certificate ? createTlsServer(certificate, behaviour) : createServer(behaviour);
  server.on(certificate ? "secureConnection" : "connection", (socket: Socket) => {
    socket.on("error", () => socket.destroy());
  });
  server.on("connection", (socket: Socket) => {
    accepted++;
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(port, host);
  await once(server, "listening");
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port: bound } = server.address() as AddressInfo;
  const scheme = certificate ? "https" : "http";
  return {
    port: bound,
    url: `${scheme}://127.0.0.1:${bound}/hook`,
    accepted: () => accepted,
    open: () => sockets.size,
  };
}

/** A request as it came over the wire. */
export interface ReceivedRequest {
  /** Request line and headers. */
  readonly head: string;
  readonly body: Buffer;
}

/** Reads requests one after another and hands each to the answerer when it is complete. */
export function onRequests(answer: (socket: Socket, request: ReceivedRequest) => void): Behaviour {
  return (socket) => {
    let bytes = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      for (;;) {
        const end = bytes.indexOf("\r\n\r\n");
        if (end < 0) return;
        const head = bytes.toString("latin1", 0, end);
        const start = end + 4;
        const stop = start + Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
        if (bytes.length < stop) return;
        const body = bytes.subarray(start, stop);
        bytes = bytes.subarray(stop);
        answer(socket, { head, body });
      }
    });
  };
}

/** Answers every request with these bytes. */
export function answering(...parts: readonly (string | Uint8Array)[]): Behaviour {
  return onRequests((socket) => {
    for (const part of parts) socket.write(part);
  });
}

/** Like {@link answering}, and closes the connection then. */
export function answeringOnce(...parts: readonly (string | Uint8Array)[]): Behaviour {
  return onRequests((socket) => {
    for (const part of parts) socket.write(part);
    socket.end();
  });
}

/** Writes as long as the other side takes it. */
export function writeEndlessly(socket: Socket, bytes: string | Uint8Array): void {
  const write = () => {
    while (!socket.destroyed && socket.write(bytes));
  };
  socket.on("drain", write);
  write();
}

/** The bytes of an answer whose length is told. */
export function answerOf(
  body: string | Uint8Array,
  { status = 200, headers = "" }: { readonly status?: number; readonly headers?: string } = {},
): Buffer {
  const bytes = Buffer.from(body);
  const head = `HTTP/1.1 ${status} Text\r\n${headers}Content-Length: ${bytes.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}
