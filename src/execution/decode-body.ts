/** Content codings of answers (RFC 9110 section 8.4.1). */
import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate, inflateRaw, type ZlibOptions } from "node:zlib";
import { codeOf } from "../egress/dial-failure.ts";
import { CallFailure } from "./call-failure.ts";

/** What requests offer. */
export const acceptEncoding = "gzip, deflate, br";

type Decompress = (bytes: Buffer, options: ZlibOptions) => Promise<Buffer>;

const fromGzip: Decompress = promisify(gunzip);
const fromZlib: Decompress = promisify(inflate);
const fromDeflate: Decompress = promisify(inflateRaw);

const decompressors: ReadonlyMap<string, Decompress> = new Map([
  ["gzip", fromGzip],
  ["x-gzip", fromGzip],
  // Some send bare deflate under this name; RFC 1950 says how zlib's format begins.
  ["deflate", (bytes, options) => (isZlib(bytes) ? fromZlib : fromDeflate)(bytes, options)],
  ["br", promisify(brotliDecompress)],
]);

function isZlib(bytes: Buffer): boolean {
  return bytes.length > 1 && ((bytes[0] ?? 0) & 0x0f) === 8 && bytes.readUInt16BE() % 31 === 0;
}

/**
 * Reads a body as it was before it was compressed. Never has more in memory than the limit allows,
 * whatever the body would grow to.
 *
 * @param limit most bytes of the outcome
 */
export type Decode = (body: Buffer, limit: number) => Buffer | Promise<Buffer>;

/**
 * @param encoding value of Content-Encoding
 * @returns undefined when the coding is unknown, or there is more than one
 */
export function decoderOf(
  encoding: string | readonly string[] | undefined = "identity",
): Decode | undefined {
  if (typeof encoding !== "string") return undefined;
  const name = encoding.trim().toLowerCase();
  if (name === "identity" || name === "") return unchanged;
  const decompress = decompressors.get(name);
  return decompress && ((body, limit) => decompressed(body, decompress, limit));
}

function unchanged(body: Buffer, limit: number): Buffer {
  if (body.length > limit) throw new CallFailure("body", bodyTooLarge(limit));
  return body;
}

async function decompressed(body: Buffer, decompress: Decompress, limit: number): Promise<Buffer> {
  // Some answer with the header and without a body.
  if (body.length === 0) return body;
  return decompress(body, { maxOutputLength: limit }).catch((error: unknown) => {
    const tooLarge = codeOf(error) === " (ERR_BUFFER_TOO_LARGE)";
    const message = `the body cannot be decompressed${codeOf(error)}`;
    throw new CallFailure("body", tooLarge ? bodyTooLarge(limit) : message, error);
  });
}

/** @param limit in bytes */
export function bodyTooLarge(limit: number): string {
  return `the body has more than ${limit} bytes`;
}
