import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import type { PlainRequest } from "./plain-request.ts";

/** The connection, as its exchange sees it. */
export interface ExchangeOwner {
  readonly socket: Socket;
  /** Sends a whole answer; see {@link Exchange.answer}. */
  answer(status: number, fields: readonly string[], body: string): void;
}

/**
 * A request of HTTP/1.1 that is here as a whole, and the place of its answer. It is no stream of Node, of
 * which a request and its response are two and cost several times as much.
 */
export class Exchange {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;

  readonly #owner: ExchangeOwner;
  #isClosed = false;
  #fields: readonly string[] | undefined;
  #closeListeners: (() => void)[] | undefined;

  constructor(owner: ExchangeOwner, { method, url, headers, body }: PlainRequest) {
    this.#owner = owner;
    this.method = method;
    this.url = url;
    this.headers = headers;
    this.body = body;
  }

  /** The same object for all exchanges of a connection. */
  get socket(): Socket {
    return this.#owner.socket;
  }

  /** The answer has left, or never will. */
  get destroyed(): boolean {
    return this.#isClosed;
  }

  /** Calls back when the answer has left, or the connection is closed. */
  once(_event: "close", listener: () => void): void {
    this.#closeListeners ??= [];
    if (this.#isClosed) process.nextTick(listener);
    else this.#closeListeners.push(listener);
  }

  /** Sets headers of the answer, in front of those that it is sent with. */
  setFields(fields: Readonly<Record<string, string>>): void {
    const all = Object.entries(fields).flat();
    if (all.length > 0) this.#fields = all;
  }

  /**
   * Sends the answer, once; of no effect when the client is gone.
   *
   * @param fields names and values in turn, besides content-length
   * @param body sent as UTF-8
   * @throws TypeError for a name or value that no header can have; then nothing is sent
   */
  answer(status: number, fields: readonly string[], body: string): void {
    if (this.#isClosed) return;
    const all = this.#fields === undefined ? fields : [...this.#fields, ...fields];
    this.#owner.answer(status, all, body);
  }

  /** To be called when the answer has left, or the connection is closed. */
  closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const listener of this.#closeListeners ?? []) listener();
  }
}
