import type { Socket } from "node:net";
import { flag, frameHeadBytes, frameType, maxFrameBytes } from "./frames.ts";

/** Room for a few answers, or for one frame of the largest size. */
const bufferBytes = 2 * maxFrameBytes;

/** Bytes after which those who have more wait for the next turn of the event loop. */
const turnBytes = 8 * maxFrameBytes;

/** Buffers whose bytes have left, to be used by any connection. */
const freeBuffers: Buffer[] = [];
const maxFreeBuffers = 64;

const noBytes = new Uint8Array();

/**
 * Writes frames (RFC 9113 section 4.1). Those that are written one after the other, by all that runs before
 * the event loop goes on, leave together: each write of a socket costs as much as a small call.
 */
export class FrameWriter {
  readonly #socket: Socket;
  #buffer: Buffer | undefined;
  #length = 0;
  /** The buffer that the socket still sends from. */
  #lent: Buffer | undefined;
  #written = 0;
  /** Bytes of all frames when the last of them left together. */
  #writtenBefore = 0;
  #isScheduled = false;
  readonly #flush = (): void => {
    this.#isScheduled = false;
    this.#writtenBefore = this.#written;
    this.flush();
  };

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Bytes of all frames so far. */
  get written(): number {
    return this.#written;
  }

  /** Bytes that the system did not take yet, as the client does not. */
  get waiting(): number {
    return this.#socket.writableLength;
  }

  /** Bytes that it has taken. */
  get left(): number {
    return this.#written - this.#length - this.#socket.writableLength;
  }

  /** Whether more should wait for the "drain" of the socket, or for the next turn of the event loop. */
  get isFull(): boolean {
    return this.#socket.writableNeedDrain || this.#written - this.#writtenBefore >= turnBytes;
  }

  /** Writes a frame whose payload is at most of the largest size. */
  frame(type: number, flags: number, stream: number, payload: Uint8Array = noBytes): void {
    const { length } = payload;
    const at = this.#reserve(frameHeadBytes + length);
    const buffer = this.#buffer;
    if (buffer === undefined) return;
    buffer[at] = length >>> 16;
    buffer[at + 1] = length >>> 8;
    buffer[at + 2] = length;
    buffer[at + 3] = type;
    buffer[at + 4] = flags;
    buffer.writeUInt32BE(stream, at + 5);
    buffer.set(payload, at + frameHeadBytes);
  }

  /** Writes a frame whose payload is one or two numbers of 32 bits. */
  numbers(type: number, stream: number, ...numbers: readonly number[]): void {
    const payload = Buffer.allocUnsafe(4 * numbers.length);
    for (const [index, number] of numbers.entries()) payload.writeUInt32BE(number, 4 * index);
    this.frame(type, flag.none, stream, payload);
  }

  /** Writes a header block, in as many frames as it needs (section 6.10). */
  headers(stream: number, block: Uint8Array, endStream: boolean): void {
    const end = endStream ? flag.endStream : flag.none;
    if (block.length <= maxFrameBytes) {
      this.frame(frameType.headers, end | flag.endHeaders, stream, block);
      return;
    }
    this.frame(frameType.headers, end, stream, block.subarray(0, maxFrameBytes));
    for (let at = maxFrameBytes; at < block.length; at += maxFrameBytes) {
      const isLast = at + maxFrameBytes >= block.length;
      const part = block.subarray(at, at + maxFrameBytes);
      this.frame(frameType.continuation, isLast ? flag.endHeaders : flag.none, stream, part);
    }
  }

  /** Hands what was written to the socket. */
  flush(): void {
    const buffer = this.#buffer;
    if (buffer === undefined) return;
    const length = this.#length;
    this.#buffer = undefined;
    this.#length = 0;
    this.#send(buffer, length);
  }

  #send(buffer: Buffer, length: number): void {
    const socket = this.#socket;
    if (!socket.writable) return;
    if (socket.writableLength > 0) {
      // It waits for a client that reads slowly, which few bytes of a large buffer should not do.
      socket.write(Buffer.from(buffer.subarray(0, length)));
      free(buffer);
      return;
    }
    if (this.#lent !== undefined) free(this.#lent);
    socket.write(buffer.subarray(0, length));
    // The system takes most at once; what is left, or is encrypted first, stays in the buffer.
    if (socket.writableLength > 0) this.#lent = buffer;
    else {
      this.#lent = undefined;
      free(buffer);
    }
  }

  /** @returns where the bytes begin in the buffer */
  #reserve(bytes: number): number {
    if (this.#length + bytes > bufferBytes) this.flush();
    if (this.#buffer === undefined) {
      this.#buffer = freeBuffers.pop() ?? Buffer.allocUnsafeSlow(bufferBytes);
      if (!this.#isScheduled) process.nextTick(this.#flush);
      this.#isScheduled = true;
    }
    const at = this.#length;
    this.#length += bytes;
    this.#written += bytes;
    return at;
  }
}

function free(buffer: Buffer): void {
  if (freeBuffers.length < maxFreeBuffers) freeBuffers.push(buffer);
}
