/** What a receiver knows about a call that is proven. */
export interface VerifiedCall {
  /** What proved it. */
  readonly proof: "standard-webhooks" | "zitadel" | "jwt" | "jwe";
  /**
   * Id of the message, the same over its retries: remember it to notice repeated calls. Undefined where the
   * proof does not cover it, which is so with "zitadel".
   */
  readonly id: string | undefined;
  /** When this attempt was signed. */
  readonly signedAt: Date;
  /** The proven text: the body, or the content of the JWT. */
  readonly text: string;
  /**
   * The text read as JSON.
   *
   * @throws SyntaxError when it is none, such as a JWT that was verified by its headers
   */
  json(): unknown;
}

/** @param time seconds since 1970 */
export function verifiedCall(
  proof: VerifiedCall["proof"],
  id: string | undefined,
  time: number,
  content: Uint8Array,
): VerifiedCall {
  const text = new TextDecoder().decode(content);
  return { proof, id, signedAt: new Date(time * 1000), text, json: () => JSON.parse(text) };
}
