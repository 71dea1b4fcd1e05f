import type { Socket } from "node:net";
import type { ServerLimits } from "../limits.ts";
import { destroyLater } from "../linger.ts";
import type { CutReason, OnCut } from "../request.ts";
import { ConnectionWatch } from "./connection-watch.ts";
import { FloodGuard } from "./flood-guard.ts";
import { FrameReader } from "./frame-reader.ts";
import { ConnectionError, type ErrorCode, errorCode, type Frame } from "./frames.ts";
import { HeaderDecoder, type HeaderList } from "./hpack/decoder.ts";
import { IncomingFrames } from "./incoming.ts";
import { IncomingRequests } from "./incoming-requests.ts";
import { LateFrames } from "./late-frames.ts";
import { Outgoing } from "./outgoing.ts";
import { emptyHead, type RequestHead, requestHead } from "./request-head.ts";
import { type ClientSettings, headerTableBytes, ownSettings } from "./settings.ts";
import { Http2Stream, type StreamOwner } from "./stream.ts";
import { discardUpload } from "./upload.ts";
import { initialWindow, SendWindow } from "./windows.ts";

/** Pseudo-header fields of a request, which do not count among its fields. */
const pseudoFields = 4;

/** Bytes that wait to be sent from which on nothing is read. */
const maxWaiting = 256 * 1024;

export interface ConnectionParts {
  readonly limits: ServerLimits;
  /** Serves a request. */
  readonly onStream: (stream: Http2Stream) => void;
  readonly onCut: OnCut;
}

/** One connection of a client: its streams, from its settings to its end (RFC 9113 sections 3.4 and 5). */
export class Connection implements StreamOwner {
  readonly socket: Socket;
  readonly out: Outgoing;
  /** Streams that are open, or closed by one side. */
  readonly streams = new Map<number, Http2Stream>();
  readonly late: LateFrames;
  readonly #parts: ConnectionParts;
  readonly #reader: FrameReader;
  readonly #guard: FloodGuard;
  readonly #watch: ConnectionWatch;
  readonly #settingsTimer: NodeJS.Timeout;
  /** The window of streams to come. */
  #window = initialWindow;
  #lastStream = 0;
  #isDraining = false;
  #isEnded = false;
  #now = performance.now();

  constructor(socket: Socket, parts: ConnectionParts) {
    const { limits, onCut } = parts;
    this.socket = socket;
    this.out = new Outgoing(socket);
    this.#parts = parts;
    const { frames } = this.out;
    this.#guard = new FloodGuard(limits, frames, (reason) => this.cut(reason));
    this.late = new LateFrames(this.#guard);
    const decoder = new HeaderDecoder({
      tableBytes: headerTableBytes,
      listBytes: limits.headerBytes,
      fields: limits.headerFields + pseudoFields,
    });
    const requests = new IncomingRequests(this, this.#guard, decoder);
    const incoming = new IncomingFrames(this, requests, this.#guard);
    this.#reader = new FrameReader((frame) => incoming.take(frame));
    this.#watch = new ConnectionWatch(this, limits, frames, onCut);
    this.#settingsTimer = setTimeout(() => this.cut("slow-request"), limits.headersMs);
    this.out.settings(ownSettings(limits));
    socket.on("data", this.#onData);
    socket.on("drain", this.#onDrain);
    socket.once("close", () => this.#close());
  }

  /** Whether a stream was not there yet. */
  isNew(stream: number): boolean {
    return stream > this.#lastStream;
  }

  /** @throws ConnectionError for a frame that only streams may have which were there (section 5.1) */
  checkBegun(stream: number): void {
    // Those that were begun after GOAWAY were not noted.
    const isIdle = this.isNew(stream) && !this.#isDraining;
    if (isIdle || stream === 0) throw new ConnectionError(errorCode.protocolError, "it is idle");
  }

  /**
   * The stream of a frame; undefined when it is closed, and the frame to be ignored.
   *
   * @throws ConnectionError when the client may not send the frame
   */
  streamOf(frame: Frame): Http2Stream | undefined {
    const stream = this.streams.get(frame.stream);
    if (stream !== undefined) return stream;
    this.checkBegun(frame.stream);
    this.late.take(frame, this.#lastStream);
    return undefined;
  }

  /** Begins a stream, or refuses it. */
  open(id: number, list: HeaderList, isLast: boolean): void {
    if (this.#isDraining) {
      // The client learns from GOAWAY that nothing was done for it.
      this.#guard.reset();
      if (!isLast) this.late.expect(id, initialWindow);
      return;
    }
    this.#lastStream = id;
    this.#guard.begun();
    const head = this.#headOf(list, isLast);
    if (typeof head === "number") {
      this.sendReset(id, head);
      if (!isLast) this.late.expect(id, initialWindow);
      return;
    }
    const sendWindow = new SendWindow(this.#window);
    const parts = { id, head, endAfterHeaders: isLast, sendWindow, begun: this.#now };
    const stream = new Http2Stream(this, parts);
    this.streams.set(id, stream);
    if (head === emptyHead) {
      stream.respond([":status", "431", "cache-control", "no-store"], true);
      discardUpload(stream);
    } else this.#parts.onStream(stream);
  }

  /**
   * Follows the settings of the client (section 6.5.3).
   *
   * @throws ConnectionError when a window becomes too large
   */
  apply({ headerTableBytes: sizes, initialWindow: window = this.#window }: ClientSettings): void {
    clearTimeout(this.#settingsTimer);
    for (const bytes of sizes) this.out.setTableBytes(bytes);
    for (const { sendWindow } of this.streams.values()) {
      if (sendWindow.grow(window - this.#window)) continue;
      throw new ConnectionError(errorCode.flowControlError, "a window is too large");
    }
    this.#window = window;
    this.out.wantRoom();
    this.out.settingsAck();
  }

  sendReset(stream: number, code: ErrorCode): void {
    this.out.reset(stream, code);
    if (code !== errorCode.noError) this.#guard.reset();
  }

  ended({ id, body }: Http2Stream): void {
    this.streams.delete(id);
    if (this.#isEnded) return;
    if (!body.ended) this.late.expect(id, body.window.available);
    this.#watch.idleSince(this.#now);
    if (this.#isDraining && this.streams.size === 0) this.#end();
  }

  /** Takes no new streams, and ends when there are none (section 6.8). */
  drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.out.goaway(this.#lastStream, errorCode.noError);
    if (this.streams.size === 0) this.#end();
  }

  /** Ends the connection on the server's account. */
  cut(reason: CutReason): void {
    if (this.#isEnded) return;
    this.#parts.onCut(reason);
    this.#fail(errorCode.enhanceYourCalm);
  }

  /** Looks for what takes too long; to be called from time to time. */
  look(now: number): void {
    if (!this.#isEnded) this.#watch.look(now);
  }

  readonly #onData = (piece: Buffer): void => {
    this.#now = performance.now();
    try {
      this.#reader.read(piece);
    } catch (thrown) {
      if (!(thrown instanceof ConnectionError)) throw thrown;
      this.#fail(thrown.code);
    }
    this.out.sendIfRoom();
    // Most frames cost less than their answers, so a client that takes no answers is not read.
    if (!this.#isEnded && this.out.frames.waiting > maxWaiting) this.socket.pause();
  };

  readonly #onDrain = (): void => {
    this.socket.resume();
    this.out.sendWaiting();
  };

  /** What the request says, or why it is refused. */
  #headOf(list: HeaderList, isLast: boolean): RequestHead | ErrorCode {
    const { limits } = this.#parts;
    if (this.streams.size >= limits.streams) return errorCode.refusedStream;
    if (list.size > limits.headerBytes) return emptyHead;
    if (list.count > limits.headerFields + pseudoFields) return errorCode.enhanceYourCalm;
    const head = requestHead(list);
    const isCutShort = isLast && (head?.contentLength ?? 0) > 0;
    return head === undefined || isCutShort ? errorCode.protocolError : head;
  }

  #fail(code: ErrorCode): void {
    if (this.#isEnded) return;
    this.out.goaway(this.#lastStream, code);
    this.#end();
  }

  /** What was written still goes out. What comes is taken and dropped, so that the client reads all. */
  #end(): void {
    this.#close();
    this.out.frames.flush();
    this.socket.off("data", this.#onData).resume().end();
    destroyLater(this.socket, this.#parts.limits.lingerMs);
  }

  #close(): void {
    this.#isEnded = true;
    this.#isDraining = true;
    this.#reader.stop();
    clearTimeout(this.#settingsTimer);
    for (const stream of [...this.streams.values()]) stream.ended(errorCode.cancel);
  }
}
