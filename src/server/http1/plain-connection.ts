import type { Socket } from "node:net";
import type { ServerLimits } from "../limits.ts";
import type { CutReason, ExchangeHandler } from "../request.ts";
import { answerHead } from "./answer-head.ts";
import { Exchange, type ExchangeOwner } from "./exchange.ts";
import { PlainRequestReader } from "./plain-request.ts";

/** Bytes that may come during an exchange; with more of them nothing is read until it has ended. */
const maxEarlyBytes = 64 * 1024;

export interface PlainParts {
  readonly limits: ServerLimits;
  /** Serves a request, or leaves it to node:http. */
  readonly onExchange: ExchangeHandler;
  /** Takes the connection over, with every byte of its first request that is not plain. */
  readonly handOver: (connection: PlainConnection) => void;
  readonly onCut: (reason: CutReason) => void;
}

/** A connection whose requests have all been plain so far, one after the other. */
export class PlainConnection implements ExchangeOwner {
  readonly socket: Socket;
  readonly #parts: PlainParts;
  readonly #reader: PlainRequestReader;
  #exchange: Exchange | undefined;
  #isAnswered = false;
  #isDraining = false;
  /** Came before the answer had left. */
  #early: Buffer[] = [];
  #earlyBytes = 0;
  #exchanges = 0;
  /** How far exchanges were at the last look, and since when. */
  #seen = 0;
  #since = performance.now();
  /** Since when, at every look, the answer has not left. */
  #waitingSince: number | undefined;

  constructor(socket: Socket, parts: PlainParts) {
    this.socket = socket;
    this.#parts = parts;
    this.#reader = new PlainRequestReader(parts.limits);
    socket.on("data", this.#onData);
    socket.on("close", this.#onClose);
  }

  answer(status: number, fields: readonly string[], body: string): void {
    const { socket } = this;
    if (!socket.writable || this.#isAnswered) return;
    const { idleMs } = this.#parts.limits;
    const length = Buffer.byteLength(body);
    const head = answerHead(status, fields, length, this.#isDraining ? undefined : idleMs);
    this.#isAnswered = true;
    if (length === body.length) {
      // ASCII, which costs least as latin1.
      socket.write(head + body, "latin1", this.#onLeft);
    } else {
      socket.cork();
      socket.write(head, "latin1");
      socket.write(body, "utf8", this.#onLeft);
      socket.uncork();
    }
  }

  /** Lets an exchange under way be the last, and closes an idle connection. */
  drain(): void {
    this.#isDraining = true;
    // The first request is about to be read.
    if (this.#exchange === undefined && this.#exchanges > 0) this.socket.destroy();
  }

  /** Looks for what takes too long; to be called from time to time, so that no request costs a timer. */
  look(now: number): void {
    const { idleMs, answerMs, streamMs } = this.#parts.limits;
    const isIdle = this.#exchange === undefined;
    const seen = 2 * this.#exchanges + (isIdle ? 0 : 1);
    if (seen !== this.#seen) {
      this.#seen = seen;
      this.#since = now;
      this.#waitingSince = undefined;
    }
    const time = now - this.#since;
    if (isIdle) {
      // As node:http ends it, without a word.
      if (time >= idleMs) this.socket.destroy();
      return;
    }
    if (this.#isAnswered) this.#waitingSince ??= now;
    if (now - (this.#waitingSince ?? now) >= answerMs) this.#cut("slow-reader");
    else if (time >= streamMs) this.#cut("long-stream");
  }

  #cut(reason: CutReason): void {
    if (this.socket.destroyed) return;
    this.#parts.onCut(reason);
    this.socket.destroy();
  }

  readonly #onData = (bytes: Buffer): void => {
    // What cannot be answered any more must not be done.
    if (!this.socket.writable) return;
    if (this.#exchange !== undefined) {
      this.#keep(bytes);
      return;
    }
    const request = this.#reader.read(bytes);
    if (request === undefined) {
      this.#handOver(bytes);
      return;
    }
    const exchange = new Exchange(this, request);
    this.#exchange = exchange;
    this.#isAnswered = false;
    this.#exchanges += 1;
    if (!this.#parts.onExchange(exchange)) this.#handOver(bytes);
  };

  #keep(bytes: Buffer): void {
    this.#early.push(bytes);
    this.#earlyBytes += bytes.length;
    if (this.#earlyBytes > maxEarlyBytes) this.socket.pause();
  }

  readonly #onLeft = (error?: Error | null): void => {
    // Then the connection is closed as well.
    if (error) return;
    const exchange = this.#exchange;
    this.#exchange = undefined;
    exchange?.closed();
    const { socket } = this;
    if (this.#isDraining) socket.destroySoon();
    // Where the client has ended its half, the socket has ended the other.
    else if (this.#early.length > 0 && !socket.readableEnded) {
      this.#handOver(Buffer.concat(this.#early));
    }
  };

  readonly #onClose = (): void => {
    this.#exchange?.closed();
    this.#exchange = undefined;
  };

  #handOver(bytes: Buffer): void {
    const { socket } = this;
    socket.off("data", this.#onData);
    socket.off("close", this.#onClose);
    socket.unshift(bytes);
    this.#parts.handOver(this);
    if (socket.isPaused()) socket.resume();
  }
}
