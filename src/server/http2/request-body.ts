import { GrowingBytes } from "../growing-bytes.ts";
import { ReceiveWindow } from "./windows.ts";

/** Whoever reads a body. */
export interface BodySink {
  /** Bytes that belong to a larger buffer. */
  data(bytes: Buffer): void;
  /** The body is complete. */
  end(): void;
}

/** To be told of what the client may send again. */
export interface BodyOwner {
  giveBack(bytes: number): void;
}

const nothing = Buffer.alloc(0);

/**
 * The body of a request. What comes before somebody reads it is kept, which is a window at most, as the
 * client is told that it may send more only for what was read (RFC 9113 section 5.2).
 */
export class RequestBody {
  readonly #owner: BodyOwner;
  /** What the content-length says. */
  readonly #declared: number | undefined;
  #window: ReceiveWindow | undefined;
  #received = 0;
  #kept: Buffer | GrowingBytes | undefined;
  #sink: BodySink | undefined;
  #ended: boolean;
  #endTold = false;

  /** @param ended there is none */
  constructor(owner: BodyOwner, declared: number | undefined, ended: boolean) {
    this.#owner = owner;
    this.#declared = declared;
    this.#ended = ended;
  }

  /** All of it has come, read or not. */
  get ended(): boolean {
    return this.#ended;
  }

  get window(): ReceiveWindow {
    this.#window ??= new ReceiveWindow();
    return this.#window;
  }

  /** Tells whether the client was allowed to send a DATA frame of that size. */
  allows(bytes: number, isLast: boolean): boolean {
    // A first window has room for the largest frame, and most bodies are one.
    return (isLast && this.#window === undefined) || this.window.take(bytes);
  }

  /** The whole body, if it is here and nobody has read any of it; it counts as read then. */
  takeWhole(): Buffer | undefined {
    const kept = this.#kept?.length ?? 0;
    if (!this.#ended || this.#endTold || kept !== this.#received) return undefined;
    this.#endTold = true;
    return this.#takeKept();
  }

  /** Begins to read, or goes on. */
  read(sink: BodySink): void {
    this.#sink = sink;
    const kept = this.#takeKept();
    if (kept.length > 0) this.#hand(sink, kept);
    if (this.#ended) this.#tellEnd();
  }

  /** Keeps what comes until {@link read} is called again. */
  pause(): void {
    this.#sink = undefined;
  }

  /** Forgets what was kept, for nobody will read it. */
  drop(): void {
    this.#kept = undefined;
  }

  /** Takes the bytes of a DATA frame; false when they disagree with the content-length (section 8.1.1). */
  receive(bytes: Buffer, isLast: boolean): boolean {
    this.#received += bytes.length;
    if (!this.#agrees(isLast)) return false;
    this.#ended = isLast;
    if (this.#sink !== undefined) this.#hand(this.#sink, bytes);
    else this.#keep(bytes, isLast);
    if (isLast) this.#tellEnd();
    return true;
  }

  /** Takes the end of a body whose last frame has no data, with the same result. */
  end(): boolean {
    return this.receive(nothing, true);
  }

  #agrees(isLast: boolean): boolean {
    if (this.#declared === undefined) return true;
    return isLast ? this.#received === this.#declared : this.#received <= this.#declared;
  }

  #keep(bytes: Buffer, isLast: boolean): void {
    if (this.#kept === undefined && isLast) {
      this.#kept = bytes;
      return;
    }
    // A copy: a small part of a piece would keep all of it in memory.
    const growing = this.#kept instanceof GrowingBytes ? this.#kept : new GrowingBytes();
    growing.add(bytes);
    this.#kept = growing;
  }

  #takeKept(): Buffer {
    const kept = this.#kept;
    this.#kept = undefined;
    if (kept === undefined) return nothing;
    return kept instanceof GrowingBytes ? kept.bytes() : kept;
  }

  #hand(sink: BodySink, bytes: Buffer): void {
    if (bytes.length > 0) sink.data(bytes);
    if (!this.#ended) this.#owner.giveBack(bytes.length);
  }

  #tellEnd(): void {
    if (this.#endTold || this.#sink === undefined) return;
    // Its reader may have paused amid what was kept.
    this.#endTold = true;
    this.#sink.end();
  }
}
