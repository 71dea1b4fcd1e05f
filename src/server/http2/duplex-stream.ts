import type { OutgoingHttpHeaders } from "node:http2";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { httpDate } from "../http-date.ts";
import { type ErrorCode, errorCode } from "./frames.ts";
import type { BodySink } from "./request-body.ts";
import type { Http2Stream } from "./stream.ts";

/** How an answer begins; as of ServerHttp2Stream. */
export interface RespondOptions {
  readonly endStream?: boolean | undefined;
  /** Asks for trailers when the body has been written. */
  readonly waitForTrailers?: boolean | undefined;
  readonly sendDate?: boolean | undefined;
}

type DestroyCallback = (error?: Error | null) => void;
type WriteCallback = DestroyCallback;

/** Statuses whose answers have no body. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * A stream of HTTP/2 as a stream of Node: as much of ServerHttp2Stream as the request and response classes of
 * node:http2 and the doors use. The body is not read before somebody reads here.
 */
export class DuplexStream extends Duplex {
  readonly headRequest: boolean;
  readonly endAfterHeaders: boolean;
  /** The classes of Node look for the socket there. */
  readonly session = undefined;
  aborted = false;
  readonly #stream: Http2Stream;
  #noBody = false;
  #isRead = false;
  #waitForTrailers = false;
  #trailers: readonly string[] = [];
  readonly #sink: BodySink = {
    data: (bytes) => {
      // A copy: a small part of a piece would keep all of it in memory.
      if (!this.push(Buffer.from(bytes))) this.#stream.body.pause();
    },
    end: () => void this.push(null),
  };

  constructor(stream: Http2Stream) {
    super();
    this.#stream = stream;
    this.headRequest = stream.headers[":method"] === "HEAD";
    this.endAfterHeaders = stream.endAfterHeaders;
    stream.once("close", () => this.#closed());
  }

  get socket(): Socket {
    return this.#stream.socket;
  }

  get headersSent(): boolean {
    return this.#stream.headersSent;
  }

  get rstCode(): number {
    return this.#stream.rstCode ?? errorCode.noError;
  }

  respond(headers: OutgoingHttpHeaders, options: RespondOptions = {}): void {
    const { endStream = false, waitForTrailers = false, sendDate = true } = options;
    const status = Number(headers[":status"] ?? 200);
    this.#waitForTrailers = waitForTrailers;
    this.#noBody = endStream || this.headRequest || bodiless.has(status);
    const date = sendDate && headers.date === undefined ? ["date", httpDate()] : [];
    this.#stream.respond([...fieldsOf({ ":status": status, ...headers }), ...date], this.#noBody);
    if (endStream) this.end();
  }

  additionalHeaders(headers: OutgoingHttpHeaders): void {
    this.#stream.inform(fieldsOf(headers));
  }

  sendTrailers(headers: OutgoingHttpHeaders): void {
    this.#trailers = fieldsOf(headers);
  }

  close(code: ErrorCode = errorCode.noError): void {
    this.#stream.close(code);
  }

  override _read(): void {
    this.#isRead = true;
    this.#stream.body.read(this.#sink);
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, callback: WriteCallback): void {
    if (!this.headersSent) this.respond({});
    if (this.#noBody) callback();
    else this.#stream.write(bytes, callback);
  }

  override _final(callback: WriteCallback): void {
    if (!this.headersSent) this.respond({});
    if (this.#noBody) {
      callback();
      return;
    }
    if (this.#waitForTrailers) this.emit("wantTrailers");
    this.#stream.end(this.#trailers, callback);
  }

  override _destroy(error: Error | null, callback: DestroyCallback): void {
    const isGood = error === null && this.writableFinished;
    this.#stream.reset(isGood ? errorCode.noError : errorCode.internalError);
    this.#stream.body.drop();
    callback(error);
  }

  #closed(): void {
    if (!this.writableEnded && !this.aborted) {
      this.aborted = true;
      this.emit("aborted");
    }
    if (this.destroyed) return;
    // Nobody waits for the rest of the answer, whatever the client calls that.
    if (this.rstCode !== errorCode.noError || this.aborted) {
      this.destroy();
      return;
    }
    // The client was asked not to send the rest.
    if (!this.#stream.body.ended) this.push(null);
    // What nobody has begun to read is of no use any more.
    if (!this.#isRead && this.readableFlowing === null) this.resume();
    else this.read(0);
  }
}

/** Names and values in turn; a name with several values comes several times. */
export function fieldsOf(headers: OutgoingHttpHeaders): string[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    if (value === undefined) return [];
    return [value].flat().flatMap((each) => [name, String(each)]);
  });
}
