/**
 * The one port in the clear: HTTP/1.1 and HTTP/2 with prior knowledge, told apart by the first
 * bytes. An `Upgrade: h2c` header is ignored, as RFC 9113 allows.
 */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { createHttp1 } from "./http1.ts";
import { createHttp2 } from "./http2.ts";
import { type ServerLimits, serverLimits } from "./limits.ts";
import { detectProtocol } from "./protocol.ts";
import type { OnCut, RequestHandler } from "./request.ts";

export interface ListenOptions {
  /** Address or name to listen on. */
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  readonly limits?: Partial<ServerLimits>;
  readonly onRequest: RequestHandler;
  readonly onCut?: OnCut;
}

/** An open port. */
export interface Listener {
  /** "http://<address>:<port>", IPv6 addresses in brackets. */
  readonly url: string;
  readonly port: number;
  /** Number of open connections. */
  connections(): number;
  /**
   * Takes no new connections, lets requests under way finish, closes idle connections (HTTP/1.1:
   * `Connection: close`, HTTP/2: GOAWAY), and destroys what is left after `drainMs`. Resolves when
   * every connection is gone.
   */
  drain(): Promise<void>;
  /** Destroys every connection and closes the port. */
  close(): Promise<void>;
}

/**
 * Opens the port.
 *
 * @throws RangeError for bad limits; the system's error, EADDRINUSE for instance
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  const limits = serverLimits(options.limits);
  const onCut = options.onCut ?? (() => undefined);
  const halves = {
    http1: createHttp1(limits, options.onRequest, onCut),
    http2: createHttp2(limits, options.onRequest, onCut),
  };
  const sockets = new Set<Socket>();
  const undecided = new Set<Socket>();

  const server = createServer({ noDelay: true, keepAlive: true }, (socket) => {
    sockets.add(socket);
    undecided.add(socket);
    socket.on("close", () => {
      sockets.delete(socket);
      undecided.delete(socket);
    });
    // A reset before the protocol is known; afterwards the two halves listen as well.
    socket.on("error", () => socket.destroy());
    detectProtocol(socket, limits.firstByteMs, {
      found(protocol) {
        undecided.delete(socket);
        halves[protocol].accept(socket);
      },
      timedOut() {
        onCut("slow-first-byte");
        socket.destroy();
      },
    });
  });
  server.maxConnections = limits.connections;
  server.on("drop", () => onCut("too-many-connections"));
  server.listen(options.port, options.host);
  await once(server, "listening");

  // Accepting can fail for a while, for want of file descriptors for instance.
  server.on("error", () => onCut("accept-failed"));
  const closed = closedEvent(server).then(async () => {
    // The server counts a socket as gone just before the socket says so.
    await Promise.all([...sockets].map(closedEvent));
    halves.http1.close();
    halves.http2.close();
  });
  const destroyAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    ...addressOf(server),
    connections: () => sockets.size,
    async drain() {
      server.close();
      for (const socket of undecided) socket.destroy();
      halves.http1.drain();
      halves.http2.drain();
      const limit = setTimeout(destroyAll, limits.drainMs);
      await closed;
      clearTimeout(limit);
    },
    async close() {
      server.close();
      destroyAll();
      await closed;
    },
  };
}

function closedEvent(emitter: Server | Socket): Promise<void> {
  return new Promise((resolve) => emitter.once("close", () => resolve()));
}

function addressOf(server: Server): { readonly url: string; readonly port: number } {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not a TCP port");
  const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return { url: `http://${host}:${address.port}`, port: address.port };
}
