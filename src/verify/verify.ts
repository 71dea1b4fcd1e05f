/** `targetd/verify`: receivers make sure with it that a call is from their targetd (docs/signing.md). */
import { type HeadersInput, headerReader } from "./headers.ts";
import { readRules, type VerifyOptions } from "./options.ts";
import { verifyHeaders } from "./signed-headers.ts";
import { readSigningKeys, type SigningKeys } from "./signing-keys.ts";
import type { TokenKeys } from "./token-keys.ts";
import type { VerifiedCall } from "./verified-call.ts";

export type { HeaderRecord, HeadersInput, WebHeaders } from "./headers.ts";
export type { VerifyOptions } from "./options.ts";
export type { SigningKeys } from "./signing-keys.ts";
export {
  type JweOptions,
  type JwtOptions,
  jweKeys,
  jwtKeys,
  type PrivateKey,
  type TokenKeys,
} from "./token-keys.ts";
export {
  type VerificationCode,
  VerificationError,
  verificationCodes,
} from "./verification-error.ts";
export type { VerifiedCall } from "./verified-call.ts";

/**
 * Verifies a call of targetd, or one that ZITADEL itself signed. What proves it is the receiver's choice, by
 * its keys, and never that of the call:
 *
 * - signing keys, "whsec_...": the headers of Standard Webhooks or ZITADEL-Signature, see
 *   {@link VerifyOptions.scheme};
 * - {@link jwtKeys}: the body as a JWT by the instance's public keys;
 * - {@link jweKeys}: the body as a JWE for one of the receiver's keys, with such a JWT in it.
 *
 * ```ts
 * const call = await verify(request.headers, rawBody, signingKey);
 * ```
 *
 * @param headers web Headers, those of node:http, or a plain object; names in any case
 * @param rawBody exactly as it came in, before anything parses it; text stands for its UTF-8
 * @throws VerificationError with a code, when the call is not proven
 * @throws TypeError when an argument is wrong, such as an empty key or a parsed body
 */
export async function verify(
  headers: HeadersInput,
  rawBody: Uint8Array | ArrayBuffer | string,
  keys: SigningKeys | TokenKeys,
  options?: VerifyOptions,
): Promise<VerifiedCall> {
  const rules = readRules(options);
  const body = bytesOf(rawBody);
  const read = headerReader(headers);
  if (isTokenKeys(keys)) return keys.open(body, rules);
  return verifyHeaders(read, body, readSigningKeys(keys), rules);
}

function isTokenKeys(keys: SigningKeys | TokenKeys): keys is TokenKeys {
  return typeof keys === "object" && keys !== null && "open" in keys;
}

function bytesOf(rawBody: unknown): Uint8Array {
  if (rawBody instanceof Uint8Array) return rawBody;
  if (rawBody instanceof ArrayBuffer) return new Uint8Array(rawBody);
  if (typeof rawBody === "string") return Buffer.from(rawBody);
  throw new TypeError("rawBody must be the bytes or the text of the body, before it was parsed");
}
