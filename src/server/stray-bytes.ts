/**
 * Finds bytes of an HTTP/2 connection that belong to no request. Node tells of PING and SETTINGS
 * frames, and nghttp2 bounds most others; of WINDOW_UPDATE frames nobody tells or counts. So all bytes
 * are counted, less those that requests and answers account for.
 */
import type { ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";

/**
 * What the beginning of a request accounts for, by its headers, and what its end does, by the part
 * of its body that is still on its way: a window of a stream (RFC 9113 section 6.9.2).
 */
const edgeBytes = 64 * 1024;
/** Head and padding of a DATA frame. */
const frameBytes = 9 + 256;
/** Two WINDOW_UPDATE frames for a DATA frame of ours with a single byte. */
const perWrittenByte = 3;

type Counters = Pick<Socket, "bytesRead" | "bytesWritten">;

export class StrayBytes {
  readonly #socket: Counters;
  readonly #limit: number;
  readonly #windowMs: number;
  #windowStart = performance.now();
  #read = 0;
  #written = 0;
  /** Bytes of bodies. */
  #data = 0;
  /** Beginnings and ends of requests, in this window and the one before. */
  #edges = 0;
  #edgesBefore = 0;

  /**
   * @param limit stray bytes allowed in a window
   * @param windowMs length of a window
   */
  constructor(socket: Counters, limit: number, windowMs: number) {
    this.#socket = socket;
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  /** Accounts for the end of a request; to be called when its stream is closed. */
  ended(): void {
    this.#edges += 1;
  }

  /** Accounts for a request. */
  begun(stream: ServerHttp2Stream): void {
    this.#edges += 1;
    const { push } = stream;
    stream.push = (chunk: Uint8Array | null, encoding) => {
      this.#data += chunk === null ? 0 : chunk.length + frameBytes;
      return push.call(stream, chunk, encoding);
    };
  }

  /**
   * Tells whether there were too many in the window. To be asked at the end of each one, and before,
   * as often as is cheap.
   *
   * @param now a clock that never goes back, in milliseconds
   */
  exceeded(now: number): boolean {
    const { bytesRead, bytesWritten } = this.#socket;
    const accounted =
      this.#data +
      edgeBytes * (this.#edges + this.#edgesBefore) +
      perWrittenByte * (bytesWritten - this.#written);
    const exceeded = bytesRead - this.#read - accounted > this.#limit;
    if (now - this.#windowStart >= this.#windowMs) this.#restart(now);
    return exceeded;
  }

  #restart(now: number): void {
    this.#windowStart = now;
    this.#read = this.#socket.bytesRead;
    this.#written = this.#socket.bytesWritten;
    this.#data = 0;
    this.#edgesBefore = this.#edges;
    this.#edges = 0;
  }
}
