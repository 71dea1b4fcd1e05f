/** Keys with which an instance signs JWT payloads (contract.md section 7). */
import type { Micros } from "./units.ts";

/** JOSE name of a signature algorithm that payloads may have. */
export type InstanceKeyAlgorithm = "RS256" | "ES256" | "EdDSA";

/**
 * A key of an instance. The one that signs at a time is that with the latest `signsFrom` not after
 * it; every key is published in the instance's JWKS from its creation until `publishedUntil`.
 */
export interface InstanceKey {
  /** The kid. */
  readonly id: string;
  readonly algorithm: InstanceKeyAlgorithm;
  /** PKCS #8 as PEM; secret. */
  readonly privateKey: string;
  /** The public half as a JWK (RFC 7517) with kid, alg and use. */
  readonly publicJwk: Readonly<Record<string, string>>;
  readonly createdAt: Micros;
  readonly signsFrom: Micros;
  /** Undefined while nothing has replaced it. */
  readonly publishedUntil: Micros | undefined;
}
