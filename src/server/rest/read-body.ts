/** Reads the body of a request, within a bound. */
import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate } from "node:zlib";
import { ApiError } from "../../errors/api-error.ts";
import { type HttpRequest, headerOf } from "../request.ts";

/** Thrown when the client is gone before its body was complete: nobody is left to answer. */
export class ClientGone extends Error {
  override readonly name = "ClientGone";
}

/**
 * Reads and inflates a JSON body. What the type says is ignored, as ZITADEL's gateway does, unless
 * it is one of those that cannot be JSON.
 *
 * @param maxBytes bound on the body as sent and again as inflated
 * @throws ApiError wrongContentType, and what {@link readBytes} throws
 * @throws ClientGone
 */
export async function readBody(request: HttpRequest, maxBytes: number): Promise<Uint8Array> {
  refuseLength(request, maxBytes);
  refuseOtherTypes(headerOf(request, "content-type") ?? "");
  return readBytes(request, maxBytes);
}

/**
 * Reads and inflates a body of any type.
 *
 * @param maxBytes bound on the body as sent and again as inflated
 * @throws ApiError bodyTooLarge, wrongContentType for an unknown Content-Encoding, malformed when it
 *   cannot be inflated
 * @throws ClientGone
 */
export async function readBytes(request: HttpRequest, maxBytes: number): Promise<Uint8Array> {
  refuseLength(request, maxBytes);
  const inflateBody = inflaterOf(headerOf(request, "content-encoding") ?? "identity");
  const body = await collect(request, maxBytes);
  return inflateBody === undefined || body.length === 0 ? body : inflateBody(body, maxBytes);
}

/**
 * Reads a body as it was sent.
 *
 * @throws ApiError bodyTooLarge
 * @throws ClientGone
 */
export async function readRawBytes(request: HttpRequest, maxBytes: number): Promise<Uint8Array> {
  refuseLength(request, maxBytes);
  return collect(request, maxBytes);
}

function refuseLength(request: HttpRequest, maxBytes: number): void {
  const declared = Number(headerOf(request, "content-length") ?? 0);
  if (declared > maxBytes) throw new ApiError("bodyTooLarge");
}

const otherTypes =
  /^(?:multipart\/.*|application\/grpc.*|application\/(?:x-)?proto(?:buf)?|application\/vnd\.google\.protobuf)$/;

function refuseOtherTypes(contentType: string): void {
  const type = contentType.split(";", 1)[0] ?? "";
  if (otherTypes.test(type.trim().toLowerCase())) throw new ApiError("wrongContentType");
}

/** Inflates; the result is bounded too. */
export type Inflate = (body: Uint8Array, maxBytes: number) => Promise<Uint8Array>;

function inflateWith(
  decompress: (body: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>,
): Inflate {
  return async (body, maxBytes) => {
    try {
      return await decompress(body, { maxOutputLength: maxBytes });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") {
        throw new ApiError("bodyTooLarge");
      }
      throw new ApiError("malformed", { detail: "the compressed body is damaged", cause });
    }
  };
}

/** RFC 9110 section 8.4.1; "deflate" is the zlib format. */
const inflaters: ReadonlyMap<string, Inflate | undefined> = new Map([
  ["identity", undefined],
  ["gzip", inflateWith(promisify(gunzip))],
  ["x-gzip", inflateWith(promisify(gunzip))],
  ["deflate", inflateWith(promisify(inflate))],
  ["br", inflateWith(promisify(brotliDecompress))],
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

/** Collects the bytes; stops listening at the first one over the bound. */
function collect(request: HttpRequest, maxBytes: number): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const stop = () => {
    request.off("data", onData).off("end", onEnd).off("close", onGone).off("aborted", onGone);
  };
  const onData = (chunk: Uint8Array) => {
    size += chunk.length;
    chunks.push(chunk);
    if (size <= maxBytes) return;
    stop();
    request.pause();
    reject(new ApiError("bodyTooLarge"));
  };
  const onEnd = () => {
    stop();
    const [only] = chunks;
    resolve(only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks, size));
  };
  const onGone = () => {
    stop();
    reject(new ClientGone());
  };
  if (request.destroyed || request.aborted) onGone();
  else request.on("data", onData).on("end", onEnd).on("close", onGone).on("aborted", onGone);
  return promise;
}
