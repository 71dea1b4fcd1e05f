/** The length-prefixed messages of gRPC, gRPC-Web and streams of Connect, as they come in. */
import type { IncomingHttpHeaders } from "node:http";
import { Code } from "@connectrpc/connect";
import { compressedFlag, type EnvelopedMessage } from "@connectrpc/connect/protocol";
import { ApiError } from "../errors/api-error.ts";
import { GrowingBytes } from "./growing-bytes.ts";
import {
  type BodyReading,
  type BodySource,
  bodyTooLarge,
  inflaterOf,
  readRawBytes,
} from "./rest/read-body.ts";

/** Flags and length before a message. */
export const prefixBytes = 5;

/**
 * Cuts a body into its messages. connect-node's own way looks through all pieces of a message for
 * each one that comes in, and takes the memory for a message as soon as its length is known.
 *
 * @param maxBytes largest message
 * @throws ApiError bodyTooLarge, malformed when the last message is not complete
 */
export async function* splitEnvelopes(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<EnvelopedMessage> {
  let message = new GrowingBytes();
  for await (const piece of body) {
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, at + missing(message, maxBytes));
      message.add(part);
      at += part.length;
      if (missing(message, maxBytes) > 0) continue;
      const bytes = message.bytes();
      message = new GrowingBytes();
      yield { flags: bytes[0] ?? 0, data: bytes.subarray(prefixBytes) };
    }
  }
  if (message.length > 0) throw new ApiError("malformed", { detail: "the message is cut short" });
}

/** Bytes until the prefix, or the message with its prefix, is complete. */
function missing(message: GrowingBytes, maxBytes: number): number {
  if (message.length < prefixBytes) return prefixBytes - message.length;
  const length = message.bytes().readUInt32BE(1);
  if (length > maxBytes) throw bodyTooLarge(maxBytes);
  return prefixBytes + length - message.length;
}

/**
 * Reads the message of a unary call of gRPC or gRPC-Web.
 *
 * @param encoding of compressed messages, one that is known
 * @throws ApiError bodyTooLarge, tooManyBodies, malformed
 * @throws ClientGone
 */
export async function readOnlyMessage(
  request: { readonly headers: IncomingHttpHeaders },
  source: BodySource,
  encoding: string,
  reading: BodyReading,
): Promise<Uint8Array> {
  return onlyMessage(await readRawBytes(request, source, withPrefix(reading)), encoding, reading);
}

/** The bounds of a body with a message of these. */
export function withPrefix({ maxBytes, held }: BodyReading): BodyReading {
  return { maxBytes: maxBytes + prefixBytes, held };
}

/**
 * The message of a unary call, of its whole body; inflated where it must be.
 *
 * @returns rejects, as it throws, with ApiError bodyTooLarge, tooManyBodies, malformed
 */
export function onlyMessage(
  body: Uint8Array,
  encoding: string,
  reading: BodyReading,
): Uint8Array | Promise<Uint8Array> {
  const { flags, data } = onlyEnvelope(body, reading.maxBytes);
  if (flags === 0) return data;
  const inflate = inflaterOf(encoding);
  if (inflate === undefined) {
    throw notOnlyMessage("the message is compressed, but no encoding is named", Code.Internal);
  }
  return data.length === 0 ? data : inflate(data, reading);
}

/** Status codes are those of the guides of gRPC ("Status codes", "Compression"). */
function onlyEnvelope(body: Uint8Array, maxBytes: number): EnvelopedMessage {
  if (body.length === 0) throw notOnlyMessage("the message is missing", Code.Unimplemented);
  const cutShort = () => new ApiError("malformed", { detail: "the message is cut short" });
  if (body.length < prefixBytes) throw cutShort();
  const length = new DataView(body.buffer, body.byteOffset).getUint32(1);
  if (length > maxBytes) throw bodyTooLarge(maxBytes);
  const end = prefixBytes + length;
  if (body.length < end) throw cutShort();
  const [flags = 0] = body;
  if (flags !== 0 && flags !== compressedFlag) {
    throw new ApiError("malformed", { detail: "the message has unknown flags" });
  }
  if (body.length > end) {
    throw notOnlyMessage("there is more than one message", Code.Unimplemented);
  }
  return { flags, data: body.subarray(prefixBytes, end) };
}

function notOnlyMessage(detail: string, code: Code): ApiError {
  return new ApiError("malformed", { detail, code });
}

/** Puts flags and length before a message. */
export function envelope(flags: number, message: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(prefixBytes + message.length);
  bytes[0] = flags;
  bytes.writeUInt32BE(message.length, 1);
  bytes.set(message, prefixBytes);
  return bytes;
}
