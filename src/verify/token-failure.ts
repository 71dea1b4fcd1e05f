/** Which rule a token broke, from what the library said. */
import { errors } from "jose";
import { type VerificationCode, VerificationError } from "./verification-error.ts";

const codes = new Map<string, VerificationCode>([
  ["ERR_JWT_EXPIRED", "too-old"],
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
 * @param thrown by the library while it read a token
 * @param otherwise what is wrong when the library does not say
 */
export function tokenFailure(thrown: unknown, otherwise: VerificationCode): VerificationError {
  if (thrown instanceof VerificationError) return thrown;
  return new VerificationError(codeOf(thrown) ?? otherwise, undefined, { cause: thrown });
}

function codeOf(thrown: unknown): VerificationCode | undefined {
  if (thrown instanceof errors.JWTClaimValidationFailed) return claimCodes.get(thrown.claim);
  return thrown instanceof errors.JOSEError ? codes.get(thrown.code) : undefined;
}
