import type { IncomingHttpHeaders } from "node:http2";
import type { Socket } from "node:net";
import { AnswerOutput, type Sent } from "./answer-output.ts";
import { type ErrorCode, errorCode } from "./frames.ts";
import type { Outgoing } from "./outgoing.ts";
import { RequestBody } from "./request-body.ts";
import type { RequestHead } from "./request-head.ts";
import type { SendWindow } from "./windows.ts";

/** The connection, as its streams see it. */
export interface StreamOwner {
  readonly socket: Socket;
  readonly out: Outgoing;
  sendReset(stream: number, code: ErrorCode): void;
  /** The stream is closed. */
  ended(stream: Http2Stream): void;
}

export interface StreamParts {
  readonly id: number;
  readonly head: RequestHead;
  /** The request has no body. */
  readonly endAfterHeaders: boolean;
  readonly sendWindow: SendWindow;
  /** When the headers came; milliseconds of performance.now(). */
  readonly begun: number;
}

const nothing: Uint8Array = new Uint8Array();

/**
 * One request and its answer (RFC 9113 sections 5.1 and 8.1). It is no stream of Node, each of which costs
 * several times as much as all of this; DuplexStream makes one where it is needed.
 */
export class Http2Stream {
  readonly id: number;
  readonly head: RequestHead;
  readonly endAfterHeaders: boolean;
  readonly sendWindow: SendWindow;
  readonly begun: number;
  readonly body: RequestBody;
  /** Since when, at every look, the client did not take what is to be sent. */
  waitingSince: number | undefined;

  readonly #owner: StreamOwner;
  readonly #output: AnswerOutput;
  #rstCode: number | undefined;
  #headersSent = false;
  #isAnswered = false;
  #isClosing = false;
  #closeListeners: (() => void)[] | undefined;

  constructor(owner: StreamOwner, parts: StreamParts) {
    this.#owner = owner;
    this.id = parts.id;
    this.head = parts.head;
    this.endAfterHeaders = parts.endAfterHeaders;
    this.sendWindow = parts.sendWindow;
    this.begun = parts.begun;
    this.body = new RequestBody(this, parts.head.contentLength, parts.endAfterHeaders);
    this.#output = new AnswerOutput(parts.id, owner.out, parts.sendWindow, this);
  }

  get headers(): IncomingHttpHeaders {
    return this.head.headers;
  }

  /** The same object for all streams of a connection. */
  get connection(): object {
    return this.#owner;
  }

  get socket(): Socket {
    return this.#owner.socket;
  }

  get headersSent(): boolean {
    return this.#headersSent;
  }

  /** Whether nothing can be sent any more, and nothing comes. */
  get destroyed(): boolean {
    return this.#rstCode !== undefined;
  }

  /** Why the stream was closed, 0 in good order; undefined while it is open. */
  get rstCode(): number | undefined {
    return this.#rstCode;
  }

  /** All of the answer has left. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** It was asked to be closed after its answer, which waits. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** Whether something waits to be sent. */
  get hasOutput(): boolean {
    return this.#output.isWaiting;
  }

  /** Calls back when the stream is closed, after what runs now. */
  once(_event: "close", listener: () => void): void {
    this.#closeListeners ??= [];
    if (this.destroyed) process.nextTick(listener);
    else this.#closeListeners.push(listener);
  }

  /** Sends an answer of status 1xx. */
  inform(fields: readonly string[]): void {
    if (!this.destroyed) this.#owner.out.headers(this.id, fields, false);
  }

  /**
   * Begins the answer.
   *
   * @param fields names in lower case and values in turn
   * @param isLast there is neither a body nor trailers
   */
  respond(fields: readonly string[], isLast = false): void {
    if (this.destroyed) return;
    this.#headersSent = true;
    this.#owner.out.headers(this.id, fields, isLast);
    if (isLast) this.answered();
  }

  /** Sends a part of the answer's body; to be called again only when it has left. */
  write(bytes: Uint8Array, sent?: Sent): void {
    this.#output.write(bytes, sent);
  }

  /** Ends the answer, after what waits to be sent. */
  end(trailers?: readonly string[], sent?: Sent): void {
    this.#output.end(trailers, sent);
  }

  /** Sends a whole answer. */
  answer(fields: readonly string[], trailers: readonly string[], body = nothing): void {
    this.respond(fields);
    this.#output.all(body, trailers);
  }

  /**
   * Closes the stream (section 5.4.2). Without an error the answer still goes out, and the client is
   * asked not to send the rest of its request (section 8.1).
   */
  close(code: ErrorCode): void {
    if (code === errorCode.noError && this.hasOutput) this.#isClosing = true;
    else this.reset(code);
  }

  /** Closes the stream at once. */
  reset(code: ErrorCode): void {
    if (this.destroyed) return;
    this.#owner.sendReset(this.id, code);
    this.ended(code);
  }

  /** To be called when all of the answer has left. */
  answered(): void {
    this.#isAnswered = true;
    if (this.body.ended) this.ended(errorCode.noError);
    else if (this.#isClosing) this.reset(errorCode.noError);
  }

  /** To be called when all of the request has come. */
  requestEnded(): void {
    if (this.#isAnswered) this.ended(errorCode.noError);
  }

  /** To be called when the stream is closed, by both sides in good order or by a reset. */
  ended(code: number): void {
    if (this.destroyed) return;
    this.#rstCode = code;
    this.#owner.ended(this);
    if (this.#closeListeners !== undefined) process.nextTick(callAll, this.#closeListeners);
    this.#output.close();
  }

  /** Lets the client send more in the place of bytes that were read. */
  giveBack(bytes: number): void {
    const update = this.destroyed ? 0 : this.body.window.giveBack(bytes);
    if (update > 0) this.#owner.out.windowUpdate(this.id, update);
  }
}

function callAll(listeners: readonly (() => void)[]): void {
  for (const listener of listeners) listener();
}
