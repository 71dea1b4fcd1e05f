import type { Socket } from "node:net";
import type { AnswerOutput } from "./answer-output.ts";
import { FrameWriter } from "./frame-writer.ts";
import { flag, frameType } from "./frames.ts";
import { HeaderEncoder } from "./hpack/encoder.ts";
import { initialWindow, SendWindow } from "./windows.ts";

/** What goes out on a connection: frames, and who waits for room to send some (RFC 9113 sections 5.2 and 6). */
export class Outgoing {
  readonly frames: FrameWriter;
  readonly #socket: Socket;
  readonly #encoder = new HeaderEncoder();
  readonly #window = new SendWindow(initialWindow);
  readonly #waiting = new Set<AnswerOutput>();
  #mayHaveRoom = false;
  #isScheduled = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.frames = new FrameWriter(socket);
  }

  /** Bytes of DATA that may be sent now. */
  get room(): number {
    return this.frames.isFull ? 0 : this.#window.available;
  }

  settings(payload: Uint8Array): void {
    this.frames.frame(frameType.settings, flag.none, 0, payload);
  }

  settingsAck(): void {
    this.frames.frame(frameType.settings, flag.ack, 0);
  }

  pingAck(payload: Uint8Array): void {
    this.frames.frame(frameType.ping, flag.ack, 0, payload);
  }

  goaway(lastStream: number, code: number): void {
    this.frames.numbers(frameType.goaway, 0, lastStream, code);
  }

  /** @param fields names in lower case and values in turn */
  headers(stream: number, fields: readonly string[], isLast: boolean): void {
    this.frames.headers(stream, this.#encoder.encode(fields), isLast);
  }

  /** @param bytes no more than there is {@link room} for */
  data(stream: number, bytes: Uint8Array, isLast: boolean): void {
    this.#window.take(bytes.length);
    this.frames.frame(frameType.data, isLast ? flag.endStream : flag.none, stream, bytes);
  }

  reset(stream: number, code: number): void {
    this.frames.numbers(frameType.rstStream, stream, code);
  }

  windowUpdate(stream: number, bytes: number): void {
    this.frames.numbers(frameType.windowUpdate, stream, bytes);
  }

  /** Follows the client's SETTINGS_HEADER_TABLE_SIZE. */
  setTableBytes(bytes: number): void {
    this.#encoder.setTableBytes(bytes);
  }

  /** Lets the connection send more; false for a window that is larger than it may be. */
  growWindow(bytes: number): boolean {
    this.wantRoom();
    return this.#window.grow(bytes);
  }

  /** Has the output go on when there is room. */
  wait(output: AnswerOutput): void {
    this.#waiting.add(output);
    if (this.frames.isFull) this.#sendLater();
  }

  forget(output: AnswerOutput): void {
    this.#waiting.delete(output);
  }

  /** To be called when a window has grown; {@link sendIfRoom} then looks once for many of them. */
  wantRoom(): void {
    this.#mayHaveRoom = this.#waiting.size > 0;
  }

  sendIfRoom(): void {
    if (this.#mayHaveRoom) this.sendWaiting();
  }

  /** Lets each output that waits send a frame in turn, as long as there is room. */
  readonly sendWaiting = (): void => {
    this.#mayHaveRoom = false;
    const blocked: AnswerOutput[] = [];
    for (const output of this.#waiting) {
      if (this.frames.isFull) break;
      this.#waiting.delete(output);
      if (!output.sendSome()) blocked.push(output);
      else if (output.isWaiting) this.#waiting.add(output);
    }
    for (const output of blocked) {
      // Whoever was told that bytes have left may have closed it.
      if (output.isWaiting) this.#waiting.add(output);
    }
    const goesOn = this.#waiting.size > 0 && this.frames.isFull;
    // Else the event "drain" of the socket will tell.
    if (goesOn && !this.#socket.writableNeedDrain) this.#sendLater();
  };

  /** In the next turn of the event loop, once for all that wait. */
  #sendLater(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.sendWaiting();
    });
  }
}
