/** Bounds of the port, in one place. Times are in milliseconds, sizes in bytes. */

/** What a single client, or all of them together, may take. */
export interface ServerLimits {
  /** Open connections; a further one is closed at once. */
  readonly connections: number;
  /** From the connection to the end of the TLS handshake. */
  readonly handshakeMs: number;
  /** From the connection, or the end of its handshake, to the bytes that tell the protocol. */
  readonly firstByteMs: number;
  /** From the first byte of an HTTP/1.1 request, or of an HTTP/2 session, to its headers. */
  readonly headersMs: number;
  /**
   * From the start of a request to the last byte of its body; not the time of the answer. HTTP/2
   * requests are looked at as answers are.
   */
  readonly requestMs: number;
  /**
   * How long bytes of an answer, or its end, may wait for the client to take them. Looked at four
   * times as often, so the cut comes up to a quarter later.
   */
  readonly answerMs: number;
  /**
   * From the headers of a request to the end of its answer, for calls without a deadline, such as a
   * watch over the health. Clients repeat them.
   */
  readonly streamMs: number;
  /** How long a connection may stay open between two requests. */
  readonly idleMs: number;
  /** How long a refused peer may take to read why and to close its half. */
  readonly lingerMs: number;
  /** Names and values of one request's headers together. */
  readonly headerBytes: number;
  /** Header fields of one request. */
  readonly headerFields: number;
  /** Requests under way on one HTTP/2 connection. */
  readonly streams: number;
  /** Requests under way on one HTTP/1.1 connection; more than one is pipelining. */
  readonly pipelined: number;
  /**
   * HTTP/2 streams of one connection that may end in a reset within `floodWindowMs`. Twice the
   * concurrent streams, so that one timeout of everything under way and of its repetition passes.
   */
  readonly resets: number;
  /**
   * PING, SETTINGS and empty DATA frames of one HTTP/2 connection within `floodWindowMs` between two
   * streams.
   */
  readonly controlFrames: number;
  /**
   * Bytes of one HTTP/2 connection within `floodWindowMs` that no request and no answer accounts for,
   * such as WINDOW_UPDATE and PRIORITY frames. Must be well above the 64 KiB that are read at once, as
   * these count before their requests are seen where node:http2 serves.
   */
  readonly strayBytes: number;
  readonly floodWindowMs: number;
  /** How long {@link Listener.drain} waits before it destroys what is left; may be 0. */
  readonly drainMs: number;
}

/** The bounds of the port. */
export const defaultLimits: ServerLimits = Object.freeze({
  connections: 1024,
  handshakeMs: 10_000,
  firstByteMs: 10_000,
  headersMs: 10_000,
  requestMs: 60_000,
  answerMs: 60_000,
  streamMs: 3_600_000,
  idleMs: 75_000,
  lingerMs: 5_000,
  headerBytes: 16 * 1024,
  headerFields: 100,
  streams: 256,
  pipelined: 16,
  resets: 512,
  controlFrames: 512,
  strayBytes: 256 * 1024,
  floodWindowMs: 10_000,
  drainMs: 30_000,
});

/**
 * Completes the given limits with the defaults.
 *
 * @throws RangeError when a limit is not a positive integer (`drainMs` may be 0), or the headers may
 *   take longer than the whole request
 */
export function serverLimits(given: Partial<ServerLimits> = {}): ServerLimits {
  const limits = Object.freeze({ ...defaultLimits, ...given });
  for (const [name, value] of Object.entries(limits)) {
    const least = name === "drainMs" ? 0 : 1;
    if (!Number.isSafeInteger(value) || value < least) {
      throw new RangeError(`limit ${name} must be an integer from ${least} up`);
    }
  }
  if (limits.headersMs > limits.requestMs) {
    throw new RangeError("limit headersMs must not exceed requestMs");
  }
  return limits;
}
