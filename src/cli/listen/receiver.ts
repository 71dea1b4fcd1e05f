/** The HTTP server that takes the calls: reads them whole, hands them over, and sends what is answered. */
import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
} from "node:http";
import { type AddressInfo, isIPv6 } from "node:net";
import type { ListenAddress } from "../../config/rules.ts";

/** Largest body that is taken, in bytes: several times what a server can send. */
export const maxBody = 16 * 1024 * 1024;

/** One call as it came in. */
export interface Received {
  readonly at: Date;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What is sent back. */
export interface Reply {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Uint8Array;
}

export interface Receiver {
  /** For instance "http://127.0.0.1:4000/". */
  readonly url: string;
  /** Takes no more calls, and resolves when those under way are answered. */
  close(): Promise<void>;
}

/**
 * Opens the port.
 *
 * @param handle answers a call; must not throw
 * @throws the system's error when the address cannot be had
 */
export async function openReceiver(
  { host, port }: ListenAddress,
  handle: (call: Received) => Promise<Reply>,
): Promise<Receiver> {
  const server = createServer(async (request, response) => {
    response.on("error", () => undefined);
    const at = new Date();
    const body = await readBody(request).catch(() => undefined);
    if (body === undefined) {
      response.destroy();
      return;
    }
    const { method = "", url: path = "/", headers } = request;
    const reply =
      body === tooLarge ? refusal(413) : await handle({ at, method, path, headers, body });
    // HTTP/1.1 has one call at a time on a connection, so this one may be closed behind a refusal.
    if (body === tooLarge) response.setHeader("connection", "close");
    for (const [name, value] of Object.entries(reply.headers)) response.setHeader(name, value);
    response.statusCode = reply.status;
    response.end(reply.body);
  });
  server.listen(port, host);
  await once(server, "listening");
  return { url: urlOf(server), close: () => close(server) };
}

function refusal(status: number): Reply {
  return { status, headers: {}, body: new Uint8Array() };
}

const tooLarge = Symbol("too large");

async function readBody(request: IncomingMessage): Promise<Buffer | typeof tooLarge> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBody) return tooLarge;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function urlOf(server: Server): string {
  const { address, port } = server.address() as AddressInfo;
  return `http://${isIPv6(address) ? `[${address}]` : address}:${port}/`;
}

/** How long connections may take to end by themselves, in milliseconds. */
const grace = 1000;

async function close(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), grace);
  await closed;
  clearTimeout(timer);
}
