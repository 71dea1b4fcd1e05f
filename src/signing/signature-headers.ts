/** The headers that sign a call, for two kinds of receivers (contract.md section 7). */
import type { SigningKey } from "../domain/target.ts";
import { hmac } from "./hmac.ts";

/** What is signed, and with what. */
export interface SignedCall {
  /** Every key that is valid, oldest first; the last one is the target's current key. */
  readonly keys: readonly Pick<SigningKey, "secret">[];
  /** Id of the message, the same over retries; without ".". */
  readonly id: string;
  /** Seconds since 1970, of this attempt. */
  readonly timestamp: number;
  /** The body exactly as it is sent. */
  readonly body: Uint8Array;
}

/** Headers by lower-case name. */
export type SignatureHeaders = Readonly<
  Record<
    | "x-zitadel-signature"
    | "zitadel-signature"
    | "webhook-id"
    | "webhook-timestamp"
    | "webhook-signature",
    string
  >
>;

/** Text before the base64 of a signing key's bytes. */
const keyPrefix = "whsec_";

/**
 * Signs a call with every valid key, twice: as ZITADEL does, with the text of the key over time and
 * body, and as Standard Webhooks does, with the bytes that the text encodes over id, time and body.
 */
export function signatureHeaders({ keys, id, timestamp, body }: SignedCall): SignatureHeaders {
  const zitadel = keys.map(
    ({ secret }) => `v1=${hmac(Buffer.from(secret), `${timestamp}.`, body, "hex")}`,
  );
  const standard = keys.map(
    ({ secret }) => `v1,${hmac(bytesOf(secret), `${id}.${timestamp}.`, body, "base64")}`,
  );
  const signature = [`t=${timestamp}`, ...zitadel].join(",");
  return {
    "x-zitadel-signature": signature,
    "zitadel-signature": signature,
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": standard.join(" "),
  };
}

function bytesOf(secret: string): Uint8Array {
  return Buffer.from(secret.slice(keyPrefix.length), "base64");
}
