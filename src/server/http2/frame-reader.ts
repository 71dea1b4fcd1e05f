import { GrowingBytes } from "../growing-bytes.ts";
import {
  ConnectionError,
  errorCode,
  type Frame,
  frameHeadBytes,
  maxFrameBytes,
  preface,
} from "./frames.ts";

/**
 * Cuts what comes in into frames (RFC 9113 section 4.1), after the preface of the client (section 3.4).
 * Frames that are whole in one piece are not copied.
 */
export class FrameReader {
  readonly #onFrame: (frame: Frame) => void;
  /** The beginning of what is not complete. */
  #rest = new GrowingBytes();
  #prefaced = false;
  #stopped = false;

  constructor(onFrame: (frame: Frame) => void) {
    this.#onFrame = onFrame;
  }

  /**
   * Takes the next piece.
   *
   * @throws ConnectionError for another preface or too large a frame, and what the handler throws
   */
  read(piece: Buffer): void {
    let at = this.#rest.length > 0 ? this.#completeRest(piece) : 0;
    while (!this.#stopped) {
      const end = at + this.#missing(piece, at);
      if (end > piece.length) break;
      this.#take(piece, at, end);
      at = end;
    }
    if (!this.#stopped && at < piece.length) this.#rest.add(piece.subarray(at));
  }

  /** Hands over no more frames. */
  stop(): void {
    this.#stopped = true;
  }

  /** @returns how much of the piece was taken */
  #completeRest(piece: Buffer): number {
    for (let at = 0; at < piece.length; ) {
      const known = this.#rest.bytes();
      const part = piece.subarray(at, at + this.#missing(known, 0) - known.length);
      this.#rest.add(part);
      at += part.length;
      const whole = this.#rest.bytes();
      if (whole.length < this.#missing(whole, 0)) continue;
      this.#rest = new GrowingBytes();
      this.#take(whole, 0, whole.length);
      return at;
    }
    return piece.length;
  }

  /** Length of what begins here, as far as it is known. */
  #missing(bytes: Buffer, at: number): number {
    if (!this.#prefaced) return preface.length;
    if (bytes.length - at < frameHeadBytes) return frameHeadBytes;
    const length = bytes.readUIntBE(at, 3);
    if (length > maxFrameBytes) throw new ConnectionError(errorCode.frameSizeError, "too large");
    return frameHeadBytes + length;
  }

  #take(bytes: Buffer, at: number, end: number): void {
    if (!this.#prefaced) {
      if (!bytes.subarray(at, end).equals(preface)) {
        throw new ConnectionError(errorCode.protocolError, "no preface");
      }
      this.#prefaced = true;
      return;
    }
    this.#onFrame({
      type: bytes[at + 3] ?? 0,
      flags: bytes[at + 4] ?? 0,
      // The highest bit is reserved and ignored.
      stream: bytes.readUInt32BE(at + 5) & 0x7fff_ffff,
      payload: bytes.subarray(at + frameHeadBytes, end),
    });
  }
}
