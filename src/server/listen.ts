/**
 * The one port. In cleartext, HTTP/1.1 and HTTP/2 with prior knowledge are told apart by the first
 * bytes, and an `Upgrade: h2c` header is ignored, as RFC 9113 allows. With a certificate, TLS agrees
 * on one of them.
 */
import { once } from "node:events";
import type { Server, Socket } from "node:net";
import { createHttp1 } from "./http1/server.ts";
import { createHttp2 } from "./http2/server.ts";
import { type ServerLimits, serverLimits } from "./limits.ts";
import { createNodeHttp2 } from "./node-http2.ts";
import { detectProtocol, type Protocol } from "./protocol.ts";
import type { OnCut, RequestHandlers } from "./request.ts";
import type { CertificateSource } from "./tls/certificate-follower.ts";
import { createTransport } from "./transport.ts";

export interface ListenOptions extends RequestHandlers {
  /** Address or name to listen on. */
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  readonly limits?: Partial<ServerLimits>;
  /** Leaves HTTP/2 to node:http2; false by default. */
  readonly nodeHttp2?: boolean;
  /** Speaks TLS with the current certificate; undefined: cleartext. */
  readonly certificates?: CertificateSource | undefined;
  readonly onCut?: OnCut;
  /** Keeps the port from being opened, a name from being waited for; later it does nothing. */
  readonly signal?: AbortSignal | undefined;
}

/** An open port. */
export interface Listener {
  /** "http://<address>:<port>", or https with a certificate; IPv6 addresses in brackets. */
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
 * @throws RangeError for bad limits; the system's error, EADDRINUSE for instance; the reason of the
 *   signal
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  const limits = serverLimits(options.limits);
  const onCut = options.onCut ?? (() => undefined);
  const halves = {
    http1: createHttp1(limits, options, onCut),
    http2: options.nodeHttp2
      ? createNodeHttp2(limits, options.onRequest, onCut)
      : createHttp2(limits, options, onCut),
  };
  const sockets = new Set<Socket>();
  const undecided = new Map<string, Socket>();

  const onSocket = (socket: Socket, agreed: Protocol | undefined) => {
    // A reset before the protocol is known; afterwards the two halves listen as well.
    socket.on("error", () => socket.destroy());
    const cut = (reason: "slow-first-byte" | "malformed-request") => {
      onCut(reason);
      socket.destroy();
    };
    detectProtocol(socket, limits.firstByteMs, {
      found(protocol) {
        if (agreed !== undefined && protocol !== agreed) return cut("malformed-request");
        undecided.delete(connectionKey(socket));
        halves[protocol].accept(socket);
      },
      timedOut: () => cut("slow-first-byte"),
    });
  };
  const { certificates } = options;
  const server = createTransport({ certificates, limits, onCut, onSocket });
  server.prependListener("connection", (socket: Socket) => {
    const key = connectionKey(socket);
    sockets.add(socket);
    undecided.set(key, socket);
    socket.on("close", () => {
      sockets.delete(socket);
      if (undecided.get(key) === socket) undecided.delete(key);
    });
  });
  server.maxConnections = limits.connections;
  server.on("drop", () => onCut("too-many-connections"));
  await opened(server, options);

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
    ...addressOf(server, certificates === undefined ? "http" : "https"),
    connections: () => sockets.size,
    async drain() {
      server.close();
      for (const socket of undecided.values()) socket.destroy();
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

async function opened(server: Server, { host, port, signal }: ListenOptions): Promise<void> {
  signal?.throwIfAborted();
  server.listen(port, host);
  try {
    await once(server, "listening", { signal });
  } catch (thrown) {
    server.close();
    signal?.throwIfAborted();
    throw thrown;
  }
}

function closedEvent(emitter: Server | Socket): Promise<void> {
  return new Promise((resolve) => emitter.once("close", () => resolve()));
}

/** Names a TCP connection, whose socket is another object above TLS than below. */
function connectionKey(socket: Socket): string {
  const { remoteAddress, remotePort, localAddress, localPort } = socket;
  return [remoteAddress, remotePort, localAddress, localPort].join(" ");
}

function addressOf(server: Server, scheme: string): Pick<Listener, "url" | "port"> {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not a TCP port");
  const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return { url: `${scheme}://${host}:${address.port}`, port: address.port };
}
