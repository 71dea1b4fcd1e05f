import type { Connection } from "./connection.ts";
import type { FloodGuard } from "./flood-guard.ts";
import { ConnectionError, errorCode, type Frame, flag, frameType, sizeOf } from "./frames.ts";
import type { IncomingRequests } from "./incoming-requests.ts";
import { readSettings } from "./settings.ts";

const protocolError = (message: string) => new ConnectionError(errorCode.protocolError, message);

/** Does what the frames of the client ask for (RFC 9113 section 6). */
export class IncomingFrames {
  readonly #connection: Connection;
  readonly #requests: IncomingRequests;
  readonly #guard: FloodGuard;
  #isFirst = true;

  constructor(connection: Connection, requests: IncomingRequests, guard: FloodGuard) {
    this.#connection = connection;
    this.#requests = requests;
    this.#guard = guard;
  }

  /** @throws ConnectionError */
  take(frame: Frame): void {
    this.#checkOrder(frame);
    switch (frame.type) {
      case frameType.data:
        this.#requests.data(frame);
        break;
      case frameType.headers:
        this.#requests.headers(frame);
        break;
      case frameType.priority:
        this.#priority(frame);
        break;
      case frameType.rstStream:
        this.#rstStream(frame);
        break;
      case frameType.settings:
        this.#settings(frame);
        break;
      case frameType.pushPromise:
        throw protocolError("a client cannot push");
      case frameType.ping:
        this.#ping(frame);
        break;
      case frameType.goaway:
        this.#goaway(frame);
        break;
      case frameType.windowUpdate:
        this.#windowUpdate(frame);
        break;
      case frameType.continuation:
        this.#requests.continuation(frame);
        break;
      default:
        this.#guard.stray(sizeOf(frame));
    }
  }

  /** Settings come first (section 3.4), and nothing amid a header block (section 4.3). */
  #checkOrder({ type, flags }: Frame): void {
    if (this.#isFirst && (type !== frameType.settings || (flags & flag.ack) !== 0)) {
      throw protocolError("no settings");
    }
    this.#isFirst = false;
    if (this.#requests.isAmidHeaders && type !== frameType.continuation) {
      throw protocolError("a header block is not complete");
    }
  }

  #priority(frame: Frame): void {
    const { stream, payload } = frame;
    if (stream === 0) throw protocolError("a priority of the connection");
    this.#guard.stray(sizeOf(frame));
    if (payload.length !== 5) this.#connection.streams.get(stream)?.reset(errorCode.frameSizeError);
  }

  #rstStream(frame: Frame): void {
    checkSize(frame, frame.payload.length === 4);
    this.#connection.checkBegun(frame.stream);
    const code = frame.payload.readUInt32BE(0);
    const { streams, late } = this.#connection;
    const stream = streams.get(frame.stream);
    if (stream === undefined) this.#guard.stray(sizeOf(frame));
    // Once it is answered, a client may say in good order that it sends no more of its request.
    const isExpected = stream?.isAnswered ?? late.expects(frame.stream);
    if (code !== errorCode.noError || !isExpected) this.#guard.reset();
    stream?.ended(code);
    late.expectNone(frame.stream);
  }

  #settings(frame: Frame): void {
    checkOfConnection(frame);
    if ((frame.flags & flag.ack) === 0) {
      this.#guard.control();
      this.#connection.apply(readSettings(frame.payload));
    } else {
      checkSize(frame, frame.payload.length === 0);
      this.#guard.stray(sizeOf(frame));
    }
  }

  #ping(frame: Frame): void {
    checkOfConnection(frame);
    checkSize(frame, frame.payload.length === 8);
    if ((frame.flags & flag.ack) === 0) {
      this.#guard.control();
      this.#connection.out.pingAck(frame.payload);
    } else this.#guard.stray(sizeOf(frame));
  }

  #goaway(frame: Frame): void {
    checkSize(frame, frame.payload.length >= 8);
    checkOfConnection(frame);
    this.#guard.stray(sizeOf(frame));
    this.#connection.drain();
  }

  #windowUpdate(frame: Frame): void {
    checkSize(frame, frame.payload.length === 4);
    this.#guard.stray(sizeOf(frame));
    // The highest bit is reserved and ignored.
    const bytes = frame.payload.readUInt32BE(0) & 0x7fff_ffff;
    if (frame.stream === 0) {
      if (bytes === 0) throw protocolError("a window that does not grow");
      checkWindow(this.#connection.out.growWindow(bytes));
      return;
    }
    this.#connection.checkBegun(frame.stream);
    const stream = this.#connection.streams.get(frame.stream);
    if (bytes === 0) stream?.reset(errorCode.protocolError);
    else if (stream?.sendWindow.grow(bytes) === false) stream.reset(errorCode.flowControlError);
    else this.#connection.out.wantRoom();
  }
}

function checkSize({ type }: Frame, isGood: boolean): void {
  if (!isGood) throw new ConnectionError(errorCode.frameSizeError, `size of a frame ${type}`);
}

function checkOfConnection({ type, stream }: Frame): void {
  if (stream !== 0) throw protocolError(`a frame ${type} of a stream`);
}

function checkWindow(isGood: boolean): void {
  if (!isGood) throw new ConnectionError(errorCode.flowControlError, "the window is too large");
}
