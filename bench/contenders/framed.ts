/** Messages as gRPC frames them. */

/** A flag, and the length in four bytes. */
export const prefixBytes = 5;

/** A message that is not compressed behind its prefix. */
export function framed(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}
