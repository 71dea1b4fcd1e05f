/** One open connection to a receiver, which carries one HTTP/1.1 request at a time. */
import type { Socket } from "node:net";
import { Client, type Dispatcher } from "undici";

/** A POST to the origin of the connection. */
export interface ConnectionRequest {
  /** Path and query. */
  readonly path: string;
  /** Names and values in turns. */
  readonly headers: string[];
  readonly body: Uint8Array;
}

/** What the connections of an agent have in common. Times in milliseconds, sizes in bytes. */
export interface ConnectionLimits {
  /** How long a connection without a request stays open, unless the receiver asks for less. */
  readonly idleMs: number;
  /** Names and values of an answer's headers together. */
  readonly headerBytes: number;
}

/** Where a plain request goes through a proxy: the URL's origin, and what only the proxy may see. */
export interface ProxiedOrigin {
  readonly origin: string;
  /** Names and values in turns. */
  readonly headers: readonly string[];
}

export interface ConnectionParts {
  readonly socket: Socket;
  /** The address and port that were dialled. */
  readonly peer: string;
  /** Of the receiver, as in `URL.origin`. */
  readonly origin: string;
  /** Set when requests are written for a proxy (RFC 9112 section 3.2.2). */
  readonly proxied: ProxiedOrigin | undefined;
  readonly limits: ConnectionLimits;
  /** Called when the connection is free for the next request. */
  readonly onRelease: () => void;
}

/** The connection was found closed before a byte of the request was written. */
export class ConnectionGone extends Error {
  constructor() {
    super("the connection was closed before the request was sent");
    this.name = "ConnectionGone";
  }
}

/**
 * Most bytes of an answer that are parsed at a time. undici parses a piece to its end even when the
 * headers in it have become too large, and makes an error for each of them from there on: 50 ms for
 * the 64 KiB that a socket reads at a time.
 */
const pieceBytes = 4096;

export class Connection {
  /** The address and port that were dialled. */
  readonly peer: string;
  /** Requests are written for a proxy, which may answer them itself. */
  readonly isProxied: boolean;
  readonly #socket: Socket;
  readonly #client: Client;
  readonly #proxied: ProxiedOrigin | undefined;
  readonly #onRelease: () => void;
  #used = false;

  constructor({ socket, peer, origin, proxied, limits, onRelease }: ConnectionParts) {
    this.peer = peer;
    this.isProxied = proxied !== undefined;
    this.#socket = socket;
    this.#proxied = proxied;
    this.#onRelease = onRelease;
    readInPieces(socket);
    let attached = false;
    this.#client = new Client(origin, {
      connect: (_options, callback) => {
        // A second time means that undici wants to connect again, which only the agent may do.
        const gone = attached || socket.destroyed;
        attached = true;
        // undici misses a callback from within its own call.
        queueMicrotask(() => {
          if (gone) callback(new ConnectionGone(), null);
          else callback(null, socket);
        });
      },
      allowH2: false,
      pipelining: 1,
      keepAliveTimeout: limits.idleMs,
      keepAliveMaxTimeout: limits.idleMs,
      // undici refuses what reaches the size.
      maxHeaderSize: limits.headerBytes + 1,
      // The call has one limit for everything.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** True when a request has been sent on it. */
  get used(): boolean {
    return this.#used;
  }

  /** True when a further request may be sent: the last one was taken and answered as a whole. */
  get reusable(): boolean {
    return !this.#socket.destroyed && this.#socket.writableLength === 0;
  }

  /**
   * Sends a request.
   *
   * @param handler is told of errors too, of a {@link ConnectionGone} when nothing was sent
   */
  send({ path, headers, body }: ConnectionRequest, handler: Dispatcher.DispatchHandler): void {
    this.#used = true;
    const proxied = this.#proxied;
    const written =
      proxied === undefined
        ? { method: "POST", path, headers, body }
        : {
            method: "POST",
            path: proxied.origin + path,
            headers: [...headers, ...proxied.headers],
            body,
          };
    this.#client.dispatch(written, handler);
  }

  /** Calls back as soon as no more of the request is held back than a socket always may hold. */
  whenTaken(callback: () => void): void {
    if (this.#socket.writableNeedDrain) this.#socket.once("drain", callback);
    else callback();
  }

  /** Gives the connection back after an answer that was read as a whole. */
  release(): void {
    this.#onRelease();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

/** What comes after the end of a call is not read any more. */
function readInPieces(socket: Socket): void {
  const read = socket.read.bind(socket);
  socket.read = (size = Math.min(socket.readableLength, pieceBytes) || undefined) =>
    socket.destroyed ? null : read(size);
}
