import { createHmac, hash } from "node:crypto";

/** Of SHA-256, in bytes. */
const blockSize = 64;
const hashSize = 32;

/** Longest start and body that are worth a copy, in bytes. */
const longestCopied = 16 * 1024;

/** What is hashed first, and second; used within one call each time, which nothing interrupts. */
const inner = Buffer.alloc(blockSize + longestCopied);
const outer = Buffer.alloc(blockSize + hashSize);

/**
 * HMAC-SHA256 (RFC 2104) of a text and the bytes behind it. An object of `createHmac` costs twice as much as
 * the two hashes that the algorithm takes, when these are asked for as text and what they hash is short.
 */
export function hmac(
  key: Uint8Array,
  start: string,
  body: Uint8Array,
  encoding: "hex" | "base64",
): string {
  if (key.length > blockSize || 3 * start.length + body.length > longestCopied) {
    return createHmac("sha256", key).update(start).update(body).digest(encoding);
  }
  for (let at = 0; at < blockSize; at++) {
    const byte = key[at] ?? 0;
    inner[at] = byte ^ 0x36;
    outer[at] = byte ^ 0x5c;
  }
  const bodyAt = blockSize + inner.write(start, blockSize);
  inner.set(body, bodyAt);
  const first = hash("sha256", inner.subarray(0, bodyAt + body.length), "latin1");
  outer.write(first, blockSize, "latin1");
  return hash("sha256", outer, encoding);
}
