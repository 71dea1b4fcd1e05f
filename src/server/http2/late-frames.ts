import type { FloodGuard } from "./flood-guard.ts";
import { ConnectionError, errorCode, type Frame, frameType, sizeOf } from "./frames.ts";

/** Streams that are remembered, at most. */
const maxStreams = 1024;

/**
 * Frames that come for closed streams: the client may send some before it learns that a stream was closed
 * (RFC 9113 section 5.1).
 */
export class LateFrames {
  readonly #guard: FloodGuard;
  /** Streams that were closed before all of their requests had come. */
  readonly #streams = new Set<number>();

  constructor(guard: FloodGuard) {
    this.#guard = guard;
  }

  /** @param bytes what the client may have sent of a body */
  expect(stream: number, bytes: number): void {
    this.#streams.add(stream);
    this.#guard.expectLate(bytes);
    const [oldest] = this.#streams;
    if (this.#streams.size > maxStreams && oldest !== undefined) this.#streams.delete(oldest);
  }

  /** Whether frames may come for the stream. */
  expects(stream: number): boolean {
    return this.#streams.has(stream);
  }

  /** The client has closed the stream itself. */
  expectNone(stream: number): void {
    this.#streams.delete(stream);
  }

  /**
   * Drops a frame of a closed stream.
   *
   * @param lastStream the latest one that was begun
   * @throws ConnectionError when the client knew that it was closed
   */
  take(frame: Frame, lastStream: number): void {
    const { type, stream } = frame;
    if (this.expects(stream)) {
      this.#guard.late(sizeOf(frame));
      return;
    }
    // Headers open a stream, and none may be opened below another (section 5.1.1).
    const isOpening = type === frameType.headers && stream < lastStream;
    const code = isOpening ? errorCode.protocolError : errorCode.streamClosed;
    throw new ConnectionError(code, "the stream is closed");
  }
}
