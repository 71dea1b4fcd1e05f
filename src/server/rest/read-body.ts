/** Reads the body of a request, within a bound. */
import { IncomingMessage } from "node:http";
import type { Readable, Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { ApiError } from "../../errors/api-error.ts";
import { ClientGone } from "../../errors/client-gone.ts";
import type { HeldBody } from "../body-budget.ts";
import { GrowingBytes } from "../growing-bytes.ts";
import { Exchange } from "../http1/exchange.ts";
import { type HttpRequest, headerOf } from "../request.ts";

/** What the bytes of a body come from: a request, or a stream of HTTP/2 below it. */
export type BodySource = Pick<Readable, "on" | "off" | "pause" | "destroyed" | "readableEnded"> & {
  readonly aborted: boolean;
};

type WithHeaders = Pick<HttpRequest, "headers">;

/** A body, at once where all of it is here. */
export type Bytes = Uint8Array | Promise<Uint8Array>;

/** The bounds of one body. */
export interface BodyReading {
  /** Largest body in bytes, as sent and again as inflated. */
  readonly maxBytes: number;
  /** Counts what is kept of it. */
  readonly held: HeldBody;
}

/**
 * Reads and inflates a JSON body. What the type says is ignored, as ZITADEL's gateway does, unless
 * it is one of those that cannot be JSON.
 *
 * @throws ApiError wrongContentType, and what {@link readBytes} throws
 * @throws ClientGone
 */
export function readBody(request: HttpRequest | Exchange, reading: BodyReading): Bytes {
  refuseLength(request, reading.maxBytes);
  refuseOtherTypes(headerOf(request, "content-type") ?? "");
  return readBytes(request, reading);
}

/**
 * Reads and inflates a body of any type.
 *
 * @throws ApiError bodyTooLarge, tooManyBodies, wrongContentType for an unknown Content-Encoding,
 *   malformed when it cannot be inflated
 * @throws ClientGone
 */
export function readBytes(request: HttpRequest | Exchange, reading: BodyReading): Bytes {
  refuseLength(request, reading.maxBytes);
  const inflateBody = inflaterOf(headerOf(request, "content-encoding") ?? "identity");
  const body =
    request instanceof Exchange
      ? taken(request.body, reading)
      : (collected(request, reading) ?? collect(request, reading));
  return inflateBody === undefined ? body : inflated(body, inflateBody, reading);
}

async function inflated(body: Bytes, inflateBody: Inflate, reading: BodyReading) {
  const bytes = await body;
  return bytes.length === 0 ? bytes : inflateBody(bytes, reading);
}

/**
 * Reads a body as it was sent.
 *
 * @returns rejects with ApiError bodyTooLarge, tooManyBodies; ClientGone
 * @throws ApiError bodyTooLarge at once, by the length that is declared
 */
export function readRawBytes(
  request: WithHeaders,
  source: BodySource,
  reading: BodyReading,
): Promise<Uint8Array> {
  refuseLength(request, reading.maxBytes);
  return collect(source, reading);
}

/** The error for a body beyond its bound. */
export function bodyTooLarge(maxBytes: number): ApiError {
  const detail = `at most ${maxBytes} bytes, also when inflated`;
  return new ApiError("bodyTooLarge", { detail, metadata: { limit_bytes: String(maxBytes) } });
}

function refuseLength(request: WithHeaders, maxBytes: number): void {
  const declared = Number(headerOf(request, "content-length") ?? 0);
  if (declared > maxBytes) throw bodyTooLarge(maxBytes);
}

const otherTypes =
  /^(?:multipart\/.*|application\/grpc.*|application\/(?:x-)?proto(?:buf)?|application\/vnd\.google\.protobuf)$/;

function refuseOtherTypes(contentType: string): void {
  const type = contentType.split(";", 1)[0] ?? "";
  if (otherTypes.test(type.trim().toLowerCase())) throw new ApiError("wrongContentType");
}

/** Inflates; the result is bounded too, and counts in the place of what is inflated. */
export type Inflate = (body: Uint8Array, reading: BodyReading) => Promise<Uint8Array>;

function inflateWith(createInflater: () => Transform): Inflate {
  return async (body, { maxBytes, held }) => {
    const inflater = createInflater();
    inflater.end(body);
    const inflated = new GrowingBytes();
    try {
      for await (const piece of inflater as AsyncIterable<Uint8Array>) {
        if (inflated.length + piece.length > maxBytes) throw bodyTooLarge(maxBytes);
        held.take(piece.length);
        inflated.add(piece);
      }
    } catch (cause) {
      if (cause instanceof ApiError) throw cause;
      throw new ApiError("malformed", { detail: "the compressed body is damaged", cause });
    }
    held.giveBack(body.length);
    return inflated.bytes();
  };
}

/** RFC 9110 section 8.4.1; "deflate" is the zlib format. */
const inflaters: ReadonlyMap<string, Inflate | undefined> = new Map([
  ["identity", undefined],
  ["gzip", inflateWith(createGunzip)],
  ["x-gzip", inflateWith(createGunzip)],
  ["deflate", inflateWith(createInflate)],
  ["br", inflateWith(createBrotliDecompress)],
]);

/**
 * What undoes a Content-Encoding; undefined where nothing is to be done.
 *
 * @throws ApiError wrongContentType for an unknown one
 */
export function inflaterOf(encoding: string): Inflate | undefined {
  const name = encoding.trim().toLowerCase();
  if (inflaters.has(name)) return inflaters.get(name);
  throw new ApiError("wrongContentType", {
    detail: "Content-Encoding must be gzip, deflate or br",
    headers: { "accept-encoding": "gzip, deflate, br" },
  });
}

const nothing = new Uint8Array();

/** A body that was here with its headers. */
function taken(body: Uint8Array, { held }: BodyReading): Uint8Array {
  held.take(body.length);
  return body;
}

/** The bytes of a body of HTTP/1.1 that is here as a whole, as that of a small request is; else undefined. */
function collected(request: HttpRequest, { maxBytes, held }: BodyReading): Uint8Array | undefined {
  const isHere =
    request instanceof IncomingMessage &&
    request.complete &&
    !request.destroyed &&
    request.readableFlowing === null;
  if (!isHere) return undefined;
  const { readableLength } = request;
  if (readableLength > maxBytes) throw bodyTooLarge(maxBytes);
  held.take(readableLength);
  // Without a number Node gives no more than the first piece.
  return request.read(readableLength) ?? nothing;
}

/** Collects the bytes; stops listening at the first one over a bound. */
function collect(source: BodySource, { maxBytes, held }: BodyReading): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const collected = new GrowingBytes();
  const stop = () => {
    source.off("data", onData).off("end", onEnd).off("close", onGone).off("aborted", onGone);
  };
  const onData = (piece: Uint8Array) => {
    try {
      if (collected.length + piece.length > maxBytes) throw bodyTooLarge(maxBytes);
      held.take(piece.length);
      collected.add(piece);
    } catch (refusal) {
      stop();
      source.pause();
      reject(refusal);
    }
  };
  let ended = false;
  const onEnd = () => {
    ended = true;
    resolve(collected.bytes());
  };
  const onGone = () => {
    if (!ended) reject(new ClientGone());
  };
  // A stream of HTTP/2 without a body ends while nobody listens yet.
  if (source.readableEnded) onEnd();
  else if (source.destroyed || source.aborted) onGone();
  else source.on("data", onData).on("end", onEnd).on("close", onGone).on("aborted", onGone);
  return promise;
}
