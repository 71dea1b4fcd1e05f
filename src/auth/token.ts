/** API tokens: "tgd_<id>_<secret>", of which only the SHA-256 is ever stored. */
import { hash, randomBytes } from "node:crypto";
import type { InstanceId, Micros } from "../domain/units.ts";
import { randomText } from "../ids.ts";
import type { TokenRecord } from "../store/token-store.ts";
import { ownerRole } from "./identity.ts";

/** SHA-256 of a token's whole text, under which it is stored and found. */
export function tokenHash(text: string): Uint8Array {
  return hash("sha256", text, "buffer");
}

/** Subject of a caller with this token. */
export function tokenSubject(id: string): string {
  return `token:${id}`;
}

/** What a token grants. */
export interface Grant {
  readonly instance: InstanceId;
  /** What the token is for. */
  readonly description: string;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  /** Undefined means it never expires. */
  readonly expiresAt: Micros | undefined;
}

/** The rights of an instance's first token. */
export function ownerGrant(instance: InstanceId): Grant {
  const description = "first token";
  return { instance, description, roles: [ownerRole], permissions: [], expiresAt: undefined };
}

/**
 * Makes a token. The text is shown once and not kept.
 *
 * @param text the token's text when it is decided elsewhere; by default a new one with 256 random
 *   bits
 */
export function newToken(
  grant: Grant,
  createdAt: Micros,
  text?: string,
): { readonly text: string; readonly record: TokenRecord } {
  const id = randomText(12);
  const tokenText = text ?? `tgd_${id}_${randomBytes(32).toString("base64url")}`;
  const record = {
    ...grant,
    id,
    hash: tokenHash(tokenText),
    createdAt,
    revokedAt: undefined,
    lastUsedAt: undefined,
  };
  return { text: tokenText, record };
}
