import { GrowingBytes } from "../growing-bytes.ts";
import type { Connection } from "./connection.ts";
import type { FloodGuard } from "./flood-guard.ts";
import {
  ConnectionError,
  type ErrorCode,
  errorCode,
  type Frame,
  flag,
  withoutPadding,
} from "./frames.ts";
import { CompressionError, type HeaderDecoder, type HeaderList } from "./hpack/decoder.ts";
import { areTrailers } from "./request-head.ts";
import type { Http2Stream } from "./stream.ts";
import { ReceiveWindow } from "./windows.ts";

/** CONTINUATION frames of one header block. */
const maxContinuations = 8;

/** Bytes of a header block in several frames; its fields are bounded when they are decoded. */
const maxBlockBytes = 64 * 1024;

/** Bytes of the priority in HEADERS, which says nothing any more (section 5.3.2). */
const priorityBytes = 5;

const nothing = Buffer.alloc(0);

/** Header blocks and bodies of requests (RFC 9113 sections 6.1, 6.2 and 6.10). */
export class IncomingRequests {
  readonly #connection: Connection;
  readonly #guard: FloodGuard;
  readonly #decoder: HeaderDecoder;
  readonly #window = new ReceiveWindow();
  /** HEADERS whose block is not complete. */
  #headers: { readonly frame: Frame; readonly block: GrowingBytes; frames: number } | undefined;

  constructor(connection: Connection, guard: FloodGuard, decoder: HeaderDecoder) {
    this.#connection = connection;
    this.#guard = guard;
    this.#decoder = decoder;
  }

  /** Nothing but CONTINUATION may come now. */
  get isAmidHeaders(): boolean {
    return this.#headers !== undefined;
  }

  data(frame: Frame): void {
    const { length } = frame.payload;
    const bytes = withoutPadding(frame);
    this.#takeFromWindow(length);
    if (bytes.length === 0 && !isLast(frame)) this.#guard.control();
    const stream = this.#connection.streamOf(frame);
    if (stream === undefined) return;
    const error = dataError(stream, frame, bytes);
    if (error !== undefined) stream.reset(error);
    else if (isLast(frame)) stream.requestEnded();
    else stream.giveBack(length - bytes.length);
  }

  headers(frame: Frame): void {
    if (frame.stream % 2 === 0) {
      throw new ConnectionError(errorCode.protocolError, "no stream of a client");
    }
    const payload = withoutPadding(frame);
    const hasPriority = (frame.flags & flag.priority) !== 0;
    if (hasPriority && payload.length < priorityBytes) {
      throw new ConnectionError(errorCode.frameSizeError, "no room for a priority");
    }
    const block = hasPriority ? payload.subarray(priorityBytes) : payload;
    if ((frame.flags & flag.endHeaders) !== 0) this.#block(frame, block);
    else {
      // A copy: a small part of a piece would keep all of it in memory.
      this.#headers = {
        frame: { ...frame, payload: nothing },
        block: new GrowingBytes(),
        frames: 0,
      };
      this.#headers.block.add(block);
    }
  }

  continuation({ flags, stream, payload }: Frame): void {
    if (this.#headers === undefined || this.#headers.frame.stream !== stream) {
      throw new ConnectionError(errorCode.protocolError, "nothing to continue");
    }
    const { frame, block } = this.#headers;
    block.add(payload);
    this.#headers.frames += 1;
    if (this.#headers.frames > maxContinuations || block.length > maxBlockBytes) {
      this.#connection.cut("control-flood");
    } else if ((flags & flag.endHeaders) !== 0) {
      this.#headers = undefined;
      const whole = block.bytes();
      this.#block({ ...frame, payload: whole }, whole);
    }
  }

  #block(frame: Frame, block: Uint8Array): void {
    // Also when nobody wants it: what follows refers to it.
    const list = this.#decode(block);
    if (this.#connection.isNew(frame.stream)) {
      this.#connection.open(frame.stream, list, isLast(frame));
      return;
    }
    const stream = this.#connection.streamOf(frame);
    if (stream === undefined) return;
    if (stream.body.ended) stream.reset(errorCode.streamClosed);
    else if (isLast(frame) && areTrailers(list) && stream.body.end()) stream.requestEnded();
    else stream.reset(errorCode.protocolError);
  }

  #decode(block: Uint8Array): HeaderList {
    try {
      return this.#decoder.decode(block);
    } catch (thrown) {
      if (!(thrown instanceof CompressionError)) throw thrown;
      throw new ConnectionError(errorCode.compressionError, thrown.message);
    }
  }

  #takeFromWindow(bytes: number): void {
    if (!this.#window.take(bytes)) {
      throw new ConnectionError(errorCode.flowControlError, "more than the connection's window");
    }
    // At once, so that a body that nobody reads yet does not hold up those of other streams.
    const update = this.#window.giveBack(bytes);
    if (update > 0) this.#connection.out.windowUpdate(0, update);
  }
}

function isLast({ flags }: Frame): boolean {
  return (flags & flag.endStream) !== 0;
}

/** Hands the bytes to the body; why the stream ends instead, if it does. */
function dataError({ body }: Http2Stream, frame: Frame, bytes: Buffer): ErrorCode | undefined {
  if (body.ended) return errorCode.streamClosed;
  if (!body.allows(frame.payload.length, isLast(frame))) return errorCode.flowControlError;
  return body.receive(bytes, isLast(frame)) ? undefined : errorCode.protocolError;
}
