/** Which rule a token broke, from what the library said. */
import { errors } from "jose";
import { type VerificationCode, VerificationError } from "./verification-error.ts";

const codes = new Map<string, VerificationCode>([
  ["ERR_JOSE_ALG_NOT_ALLOWED", "wrong-algorithm"],
  ["ERR_JWKS_NO_MATCHING_KEY", "unknown-key"],
  ["ERR_JWS_SIGNATURE_VERIFICATION_FAILED", "wrong-signature"],
  ["ERR_JWE_DECRYPTION_FAILED", "not-decryptable"],
  ["ERR_JWE_INVALID", "malformed-token"],
  ["ERR_JOSE_NOT_SUPPORTED", "malformed-token"],
]);

const claimCodes = new Map<string, VerificationCode>([
  ["iss", "wrong-issuer"],
  ["aud", "wrong-target"],
  ["nbf", "too-new"],
]);

/**
 * What the library threw is not kept as the cause: it may hold the claims, and loggers would write them.
 *
 * @param thrown by the library while it read a token
 * @param otherwise what is wrong when the library does not say
 */
export function tokenFailure(thrown: unknown, otherwise: VerificationCode): VerificationError {
  if (thrown instanceof VerificationError) return thrown;
  if (thrown instanceof errors.JWTClaimValidationFailed) {
    return new VerificationError(claimCodes.get(thrown.claim) ?? otherwise, thrown.claim);
  }
  if (thrown instanceof errors.JWTExpired) return new VerificationError("too-old", thrown.claim);
  const code = thrown instanceof errors.JOSEError ? codes.get(thrown.code) : undefined;
  return new VerificationError(code ?? otherwise);
}
