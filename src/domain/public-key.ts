/** Public keys of a target, which encrypt payloads of type JWE (contract.md section 5). */
import type { Micros } from "./units.ts";

/** A key as it is stored; nothing of it is secret. */
export interface PublicKey {
  /** The kid of the JWE. */
  readonly id: string;
  /** PEM SubjectPublicKeyInfo as given. */
  readonly pem: Uint8Array;
  /** "SHA256:" and the unpadded base64 of SHA-256 over the DER form. */
  readonly fingerprint: string;
  /** True for at most one key of a target. */
  readonly active: boolean;
  /** Undefined means it never expires. */
  readonly expiresAt: Micros | undefined;
  readonly createdAt: Micros;
  readonly changedAt: Micros;
}
