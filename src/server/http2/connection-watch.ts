import type { ServerLimits } from "../limits.ts";
import type { CutReason, OnCut } from "../request.ts";
import type { Connection } from "./connection.ts";
import type { FrameWriter } from "./frame-writer.ts";
import { errorCode } from "./frames.ts";
import type { Http2Stream } from "./stream.ts";

/** Finds what takes too long on one connection, by looking from time to time, so that no call costs a timer. */
export class ConnectionWatch {
  readonly #connection: Connection;
  readonly #limits: ServerLimits;
  readonly #writer: FrameWriter;
  readonly #onCut: OnCut;
  #idleSince = performance.now();
  /** Bytes that had left when more of them last did, and when that was. */
  #left = 0;
  #leftAt = performance.now();
  /** Bytes that must have left by the next look, with the reset of a stream as the last. */
  #resetAt = 0;

  constructor(connection: Connection, limits: ServerLimits, writer: FrameWriter, onCut: OnCut) {
    this.#connection = connection;
    this.#limits = limits;
    this.#writer = writer;
    this.#onCut = onCut;
  }

  /** To be called whenever a stream has ended. */
  idleSince(now: number): void {
    this.#idleSince = Math.max(now, this.#idleSince);
  }

  look(now: number): void {
    const { streams } = this.#connection;
    if (this.#isDeaf(now)) {
      this.#connection.cut("slow-reader");
      return;
    }
    // A stream may end long after something came in last.
    if (streams.size > 0) this.#idleSince = now;
    for (const stream of [...streams.values()]) {
      const reason = this.#reasonToEnd(stream, now);
      if (reason !== undefined) this.#endStream(stream, reason);
    }
    const isIdle = streams.size === 0 && now - this.#idleSince >= this.#limits.idleMs;
    if (isIdle) this.#connection.drain();
  }

  /** The client does not read what is sent, or does not even let a reset out. */
  #isDeaf(now: number): boolean {
    const { left, waiting } = this.#writer;
    if (left > this.#left || waiting === 0) this.#leftAt = now;
    this.#left = left;
    return left < this.#resetAt || now - this.#leftAt >= this.#limits.answerMs;
  }

  #reasonToEnd(stream: Http2Stream, now: number): CutReason | undefined {
    // With its connection, at the look at another one.
    if (stream.destroyed) return undefined;
    const { requestMs, answerMs, streamMs } = this.#limits;
    const age = now - stream.begun;
    if (!stream.body.ended && age >= requestMs) return "slow-request";
    stream.waitingSince = stream.hasOutput ? (stream.waitingSince ?? now) : undefined;
    if (now - (stream.waitingSince ?? now) >= answerMs) return "slow-reader";
    return age >= streamMs ? "long-stream" : undefined;
  }

  #endStream(stream: Http2Stream, reason: CutReason): void {
    // It was to be closed when its answer is out, so nothing else would reach the client.
    if (stream.isClosing) this.#connection.cut("slow-reader");
    else {
      this.#onCut(reason);
      stream.reset(errorCode.cancel);
      this.#resetAt = this.#writer.written;
    }
  }
}
