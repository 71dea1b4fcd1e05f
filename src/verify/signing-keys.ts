/** Signing keys, as the receiver configures them, and comparing with what they sign. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { VerificationError } from "./verification-error.ts";

/**
 * The signing key of a target as CreateTarget answered it, or all that are valid during a rotation. Keys of
 * ZITADEL itself work for its header.
 */
export type SigningKeys = string | readonly string[];

/** One key in both of its uses. */
export interface SigningKey {
  /** For ZITADEL-Signature: the bytes of the text. */
  readonly text: Uint8Array;
  /** For Standard Webhooks: what the base64 encodes; undefined for keys without the prefix. */
  readonly decoded: Uint8Array | undefined;
}

const prefix = "whsec_";
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/**
 * @throws TypeError when there is no key, or one is not of its form; without repeating it
 */
export function readSigningKeys(keys: SigningKeys): readonly SigningKey[] {
  const texts: readonly unknown[] = Array.isArray(keys) ? keys : [keys];
  if (texts.length === 0) throw new TypeError("keys must hold at least one signing key");
  return texts.map((text, index) => {
    const place = Array.isArray(keys) ? `keys[${index}]` : "keys";
    // An empty key would be one that everybody knows: that of an environment variable that is not set.
    if (typeof text !== "string" || text === "") {
      throw new TypeError(`${place} must be a signing key, a text that is not empty`);
    }
    return { text: Buffer.from(text), decoded: decode(text, place) };
  });
}

function decode(text: string, place: string): Uint8Array | undefined {
  if (!text.startsWith(prefix)) return undefined;
  const encoded = text.slice(prefix.length);
  if (encoded === "" || !base64.test(encoded)) {
    throw new TypeError(`${place} must have base64 behind ${prefix}`);
  }
  return Buffer.from(encoded, "base64");
}

/**
 * Whether one of the keys made one of the signatures, with HMAC-SHA256. Signatures are compared in
 * constant time.
 *
 * @param start what is signed before the body
 * @throws VerificationError wrong-signature
 */
export function checkSignatures(
  keys: readonly Uint8Array[],
  signatures: readonly Uint8Array[],
  start: string,
  body: Uint8Array,
  header: string,
): void {
  const genuine = keys.some((key) => {
    const wanted = createHmac("sha256", key).update(start).update(body).digest();
    return signatures.some(
      (given) => given.length === wanted.length && timingSafeEqual(given, wanted),
    );
  });
  if (!genuine) throw new VerificationError("wrong-signature", header);
}
