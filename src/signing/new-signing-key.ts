import { randomBytes } from "node:crypto";
import type { SigningKey } from "../domain/target.ts";
import { randomText } from "../ids.ts";

/**
 * Makes a signing key: "whsec_" and the base64 of 32 random bytes (contract.md section 7). The
 * whole string is the ZITADEL key, the decoded bytes are the Standard Webhooks key.
 */
export function newSigningKey(): SigningKey {
  return { id: `sk_${randomText(16)}`, secret: `whsec_${randomBytes(32).toString("base64")}` };
}
