/** How answers of gRPC and Connect are compressed. */
import {
  type Compression,
  compressionNegotiate,
  validateReadWriteMaxBytes,
} from "@connectrpc/connect/protocol";
import { compressionBrotli, compressionGzip } from "@connectrpc/connect-node";
import { isSharedEncoding } from "../call-headers.ts";

/** What is used, best first. */
export const acceptCompression: readonly Compression[] = [compressionGzip, compressionBrotli];

/** Answers with fewer bytes go out as they are, as connect-node has it. */
const { compressMinBytes } = validateReadWriteMaxBytes(undefined, undefined, undefined);

/**
 * Chooses how to compress the answer.
 *
 * @param requested encoding of the request, null when it names none
 * @param accepted list of encodings that the client takes, null when it has none
 * @returns null for not at all
 */
export function answerCompression(
  requested: string | null,
  accepted: string | null,
): Compression | null {
  if (requested === null && accepted === null) return null;
  // The request of an unknown encoding is refused when the caller is admitted.
  const shared = isSharedEncoding(requested) ? requested : null;
  return compressionNegotiate([...acceptCompression], shared, accepted, "accept-encoding").response;
}

/** Tells whether an answer is long enough to be compressed. */
export function isWorthCompressing(body: Uint8Array): boolean {
  return body.length >= compressMinBytes;
}
