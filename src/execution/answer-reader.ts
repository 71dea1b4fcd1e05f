/** Sends a request on a connection and reads the answer, within bounds. */
import { type Dispatcher, errors } from "undici";
import type { Connection, ConnectionRequest } from "../egress/connection.ts";
import { codeOf } from "../egress/dial-failure.ts";
import type { Attempt } from "./attempt.ts";
import { ByteBuffer } from "./byte-buffer.ts";
import { CallFailure } from "./call-failure.ts";
import { bodyTooLarge, type Decode, decoderOf } from "./decode-body.ts";

/** What one answer may take. The size of the headers is a bound of the connection. */
export interface AnswerLimits {
  /** Header fields. */
  readonly headerFields: number;
  /** Answers with a status below 200 before the real one. */
  readonly interimAnswers: number;
  /** Bytes of the body, decompressed. */
  readonly bodyBytes: number;
  /** Pieces that the body comes in; each costs time, however small it is. */
  readonly bodyPieces: number;
}

export const answerLimits: AnswerLimits = Object.freeze({
  headerFields: 100,
  interimAnswers: 32,
  bodyBytes: 1024 * 1024,
  bodyPieces: 64 * 1024,
});

/** An answer as it came. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
  readonly decode: Decode;
}

/** The connection had been closed, and not a byte of the request was written. */
export class NothingSent extends CallFailure {}

/** What compression may add to bytes that cannot be compressed. */
const compressionOverhead = 64 * 1024;

/**
 * Sends the request and waits for the whole answer. The connection is destroyed when that fails.
 *
 * @throws CallFailure, also when the attempt ends
 */
export function exchange(
  connection: Connection,
  request: ConnectionRequest,
  attempt: Attempt,
  limits: AnswerLimits,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const reader = new AnswerReader(connection, attempt, limits, { resolve, reject });
    attempt.onEnding = () => reader.fail("the call was ended");
    attempt.send(connection.peer, connection.used);
    if (attempt.ending === undefined) connection.send(request, reader);
    else attempt.onEnding();
  });
}

interface Settle {
  readonly resolve: (answer: RawAnswer) => void;
  readonly reject: (error: CallFailure) => void;
}

class AnswerReader implements Dispatcher.DispatchHandler {
  readonly #connection: Connection;
  readonly #attempt: Attempt;
  readonly #limits: AnswerLimits;
  readonly #settle: Settle;
  /** undici has begun to write the request. */
  #begun = false;
  #interimAnswers = 0;
  #pieces = 0;
  #answer: Omit<RawAnswer, "body"> | undefined;
  #body: ByteBuffer | undefined;

  constructor(connection: Connection, attempt: Attempt, limits: AnswerLimits, settle: Settle) {
    this.#connection = connection;
    this.#attempt = attempt;
    this.#limits = limits;
    this.#settle = settle;
  }

  onRequestStart(): void {
    this.#begun = true;
  }

  onRequestSent(): void {
    this.#connection.whenTaken(() => this.#attempt.sent());
  }

  onResponseStart(
    { rawHeaders }: Dispatcher.DispatchController,
    status: number,
    headers: RawAnswer["headers"],
  ): void {
    const { headerFields, interimAnswers, bodyBytes } = this.#limits;
    if (status < 200) {
      this.#interimAnswers++;
      if (this.#interimAnswers > interimAnswers) this.fail("too many interim answers came");
      return;
    }
    // Names and values in turns.
    if (Array.isArray(rawHeaders) && rawHeaders.length > 2 * headerFields) {
      this.fail(`the answer has more than ${headerFields} header fields`);
      return;
    }
    if (status === 407 && this.#connection.isProxied) {
      this.fail("the egress proxy refused its credentials", undefined, "connect");
      return;
    }
    this.#attempt.answered(status);
    const encoding = headers["content-encoding"];
    const decode = decoderOf(encoding);
    if (decode === undefined) {
      this.fail("the body has a content coding that was not offered");
      return;
    }
    this.#answer = { status, headers, decode };
    this.#body = new ByteBuffer(bodyBytes + (encoding === undefined ? 0 : compressionOverhead));
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { bodyBytes, bodyPieces } = this.#limits;
    this.#pieces++;
    if (this.#pieces > bodyPieces) this.fail(`the body comes in more than ${bodyPieces} pieces`);
    else if (this.#body?.add(chunk) === false) this.fail(bodyTooLarge(bodyBytes));
  }

  onResponseEnd(): void {
    if (this.#answer === undefined || this.#body === undefined) return;
    this.#attempt.onEnding = undefined;
    this.#settle.resolve({ ...this.#answer, body: this.#body.bytes() });
  }

  onResponseError(_controller: unknown, error: Error): void {
    if (this.#begun) {
      this.fail(faultOf(error), error);
    } else if (error instanceof errors.InvalidArgumentError) {
      this.fail("the request cannot be written as HTTP/1.1", error, "prepare");
    } else {
      this.#attempt.onEnding = undefined;
      this.#settle.reject(new NothingSent("send", "the connection was closed too early", error));
    }
  }

  /** Gives up. The first failure counts; what undici tells of the connection's end does not. */
  fail(message: string, cause?: unknown, stage = this.#attempt.stage): void {
    this.#attempt.onEnding = undefined;
    this.#connection.destroy();
    this.#settle.reject(new CallFailure(stage, message, cause));
  }
}

/** What undici's errors and those of the system mean here; their own texts are for developers. */
function faultOf(error: Error): string {
  if (error instanceof errors.HeadersOverflowError) {
    return "the headers of the answer are too large";
  }
  if (error instanceof errors.ResponseContentLengthMismatchError) {
    return "the body is not as long as Content-Length says";
  }
  const isOther = error instanceof errors.HTTPParserError;
  return (
    (isOther ? "the answer is not HTTP/1.1" : "the connection ended too early") + codeOf(error)
  );
}
