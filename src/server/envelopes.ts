/** The length-prefixed messages of gRPC, gRPC-Web and streams of Connect, as they come in. */
import type { EnvelopedMessage } from "@connectrpc/connect/protocol";
import { ApiError } from "../errors/api-error.ts";
import { GrowingBytes } from "./growing-bytes.ts";
import { bodyTooLarge } from "./rest/read-body.ts";

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
