import { maxFrameBytes } from "./frames.ts";
import type { Outgoing } from "./outgoing.ts";
import type { SendWindow } from "./windows.ts";

/** Learns that bytes have left, or that they never will. */
export type Sent = (error?: Error) => void;

const nothing: Uint8Array = new Uint8Array();
const noFields: readonly string[] = [];

/** The body and the trailers of an answer, which leave as the windows let them (RFC 9113 section 5.2). */
export class AnswerOutput {
  readonly #stream: number;
  readonly #out: Outgoing;
  readonly #window: SendWindow;
  readonly #onEnd: { answered(): void };
  /** What waits, from `#at` on. */
  #bytes = nothing;
  #at = 0;
  #sent: Sent | undefined;
  #trailers = noFields;
  #isEnding = false;
  #isClosed = false;

  /** @param onEnd told when everything has left */
  constructor(stream: number, out: Outgoing, window: SendWindow, onEnd: { answered(): void }) {
    this.#stream = stream;
    this.#out = out;
    this.#window = window;
    this.#onEnd = onEnd;
  }

  /** Whether something waits to be sent. */
  get isWaiting(): boolean {
    return !this.#isClosed && (this.#isEnding || this.#at < this.#bytes.length);
  }

  /** Sends a part of the body; to be called again only when it has left. */
  write(bytes: Uint8Array, sent?: Sent): void {
    this.#bytes = bytes;
    this.#at = 0;
    this.#sendAll(sent);
  }

  /** Ends the answer after what waits. */
  end(trailers = noFields, sent?: Sent): void {
    this.#isEnding = true;
    this.#trailers = trailers;
    this.#sendAll(sent);
  }

  /** Sends a whole body and ends the answer. */
  all(bytes: Uint8Array, trailers: readonly string[]): void {
    this.#bytes = bytes;
    this.end(trailers);
  }

  /**
   * Sends one frame of what waits.
   *
   * @returns false when there is no room
   */
  sendSome(): boolean {
    const left = this.#bytes.length - this.#at;
    if (left === 0) {
      if (this.#isEnding) this.#sendEnd();
      return true;
    }
    const bytes = Math.min(left, this.#out.room, this.#window.available, maxFrameBytes);
    if (bytes <= 0) return false;
    const part = this.#bytes.subarray(this.#at, this.#at + bytes);
    const isLast = bytes === left && this.#isEnding && this.#trailers.length === 0;
    this.#at += bytes;
    this.#window.take(bytes);
    this.#out.data(this.#stream, part, isLast);
    if (isLast) this.#answered();
    else if (bytes === left && !this.#isEnding) this.#tellSent();
    return true;
  }

  /** Sends nothing any more. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#out.forget(this);
    this.#bytes = nothing;
    // Not at once: whoever writes learns first that the stream is closed.
    if (this.#sent !== undefined) process.nextTick(this.#sent, new Error("the stream is closed"));
    this.#sent = undefined;
  }

  #sendAll(sent: Sent | undefined): void {
    this.#sent = sent;
    while (this.isWaiting) {
      if (this.sendSome()) continue;
      this.#out.wait(this);
      return;
    }
    // There was nothing to send, or nobody to send it to.
    this.#tellSent();
  }

  #sendEnd(): void {
    if (this.#trailers.length > 0) this.#out.headers(this.#stream, this.#trailers, true);
    else this.#out.data(this.#stream, nothing, true);
    this.#answered();
  }

  #answered(): void {
    this.#tellSent();
    this.close();
    this.#onEnd.answered();
  }

  #tellSent(): void {
    const sent = this.#sent;
    this.#sent = undefined;
    this.#bytes = nothing;
    this.#at = 0;
    sent?.();
  }
}
