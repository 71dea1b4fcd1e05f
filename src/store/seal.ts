/**
 * Sealing of secrets at rest: AES-256-GCM, bound to the place where the sealed value stands, so
 * that a value copied to another row or column does not open.
 *
 * A sealed value is: version (1 byte, 1), nonce (12 bytes), ciphertext, tag (16 bytes). Nonces are
 * random, which is safe for 2^32 values under one key (NIST SP 800-38D section 8.3).
 */
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from "node:crypto";

const algorithm = "aes-256-gcm";
const version = 1;
const nonceBytes = 12;
const tagBytes = 16;
const headBytes = 1 + nonceBytes;

/** Length of data keys and master keys. */
export const keyBytes = 32;

/** Where a sealed value stands. */
export interface Place {
  /** Empty for what belongs to no instance. */
  readonly instance: string;
  readonly table: string;
  /** The rest of the row's primary key. */
  readonly row: readonly string[];
  readonly column: string;
}

export interface Sealer {
  /** Seals bytes, or the UTF-8 bytes of a string. */
  seal(plain: Uint8Array | string, place: Place): Buffer;
  /**
   * Opens what `seal` made for the same place under the same key.
   *
   * @throws SealError when the value was made otherwise, or was changed
   */
  open(sealed: Uint8Array, place: Place): Buffer;
}

/** A sealed value did not open. Says where it stands and nothing about keys or content. */
export class SealError extends Error {
  override readonly name = "SealError";
}

/**
 * @param key 32 bytes
 * @throws RangeError when the key has another length
 */
export function createSealer(key: Uint8Array): Sealer {
  if (key.byteLength !== keyBytes) throw new RangeError(`a sealing key has ${keyBytes} bytes`);
  const secret = createSecretKey(key);
  return {
    seal(plain, place) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(algorithm, secret, nonce, { authTagLength: tagBytes });
      cipher.setAAD(additionalData(place));
      const body = typeof plain === "string" ? cipher.update(plain, "utf8") : cipher.update(plain);
      return Buffer.concat([
        Uint8Array.of(version),
        nonce,
        body,
        cipher.final(),
        cipher.getAuthTag(),
      ]);
    },

    open(sealed, place) {
      if (sealed.length < headBytes + tagBytes || sealed[0] !== version) throw sealError(place);
      const end = sealed.length - tagBytes;
      const nonce = sealed.subarray(1, headBytes);
      const decipher = createDecipheriv(algorithm, secret, nonce, { authTagLength: tagBytes });
      decipher.setAAD(additionalData(place));
      decipher.setAuthTag(sealed.subarray(end));
      const plain = decipher.update(sealed.subarray(headBytes, end));
      try {
        decipher.final();
      } catch {
        throw sealError(place);
      }
      return plain;
    },
  };
}

/** JSON keeps the parts apart whatever characters ids are made of. */
function additionalData({ instance, table, row, column }: Place): Buffer {
  return Buffer.from(JSON.stringify([instance, table, row, column]));
}

function sealError({ table, column }: Place): SealError {
  return new SealError(`a sealed value of ${table}.${column} does not open`);
}
