/** What can be wrong with a call, as a code that stays the same and a sentence for the log. */
const sentences = {
  "missing-header": "a header that signs the call is missing",
  "repeated-header": "a header that signs the call came more than once",
  "malformed-header": "a header that signs the call is not of its form",
  "too-old": "the call was signed too long ago, or the clock here is fast",
  "too-new": "the call was signed in the future, or the clock here is slow",
  "wrong-signature": "no signature of the call is by one of the keys over exactly these bytes",
  "malformed-token": "the body is not a token of the form that is expected",
  "wrong-algorithm": "the token names an algorithm that is not allowed",
  "unknown-key": "the token is signed by a key that is not in the key set",
  "wrong-issuer": "the token is of another issuer",
  "wrong-target": "the token is for another target",
  "no-private-key": "there is no private key of the id that the token is encrypted for",
  "not-decryptable": "the token cannot be decrypted with the private key of its id",
  "key-set-unavailable": "the key set of the issuer cannot be had right now",
} as const;

/**
 * Which rule a call broke. All are the sender's fault and answered with 401, except
 * `key-set-unavailable`: nothing is known about the call then, and 503 is the answer.
 */
export type VerificationCode = keyof typeof sentences;

/** Everything a {@link VerificationError} can be about, for tables and counters. */
export const verificationCodes = Object.keys(sentences) as readonly VerificationCode[];

/**
 * A call that is not proven to come from the sender. Its text names the rule, and the header or claim
 * where it is one; nothing in it holds a key, a signature or a part of the body, so it may be logged.
 */
export class VerificationError extends Error {
  override readonly name = "VerificationError";
  readonly code: VerificationCode;
  /** The header, in lower case, or the claim of the token that is wrong, when it is one. */
  readonly field: string | undefined;
  /** The HTTP status that answers the call; Express and Fastify take it from here by themselves. */
  readonly statusCode: 401 | 503;

  /** @param options `cause` only where it holds nothing of the call */
  constructor(code: VerificationCode, field?: string, options?: ErrorOptions) {
    super(`${sentences[code]}${field === undefined ? "" : `: ${field}`} (${code})`, options);
    this.code = code;
    this.field = field;
    this.statusCode = code === "key-set-unavailable" ? 503 : 401;
  }
}
