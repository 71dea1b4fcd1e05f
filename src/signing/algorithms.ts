/** The algorithms of JWT and JWE payloads, one row each (contract.md section 7). */
import { generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { InstanceKeyAlgorithm } from "../domain/instance-key.ts";

/** The two halves of a key. */
interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const keyPair = promisify(generateKeyPair);

/** Makes a key pair for a signature algorithm, outside of the main thread (RFC 7518, RFC 8037). */
export const signatureAlgorithms: Readonly<Record<InstanceKeyAlgorithm, () => Promise<KeyPair>>> = {
  RS256: () => keyPair("rsa", { modulusLength: 2048 }),
  ES256: () => keyPair("ec", { namedCurve: "P-256" }),
  EdDSA: () => keyPair("ed25519"),
};

/** How the content key of a JWE is encrypted, by the type of the public key (RFC 7518). */
const keyEncryption: ReadonlyMap<KeyObject["asymmetricKeyType"], string> = new Map([
  ["rsa", "RSA-OAEP-256"],
  ["ec", "ECDH-ES+A256KW"],
]);

/**
 * The JWE algorithm for a public key.
 *
 * @throws TypeError when a key of this type cannot encrypt; such a key is refused when it is added
 */
export function keyEncryptionFor(publicKey: KeyObject): string {
  const algorithm = keyEncryption.get(publicKey.asymmetricKeyType);
  if (algorithm !== undefined) return algorithm;
  throw new TypeError(`a key of type ${publicKey.asymmetricKeyType} cannot encrypt payloads`);
}
