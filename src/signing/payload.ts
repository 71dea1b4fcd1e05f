/** The signed body of a call: a JWT, or a JWT inside a JWE (contract.md section 7). */
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { CompactEncrypt, CompactSign } from "jose";
import { BoundedCache } from "../bounded-cache.ts";
import type { InstanceKey } from "../domain/instance-key.ts";
import type { PublicKey } from "../domain/public-key.ts";
import type { InstanceId, Micros, Nanoseconds, TargetId } from "../domain/units.ts";
import { keyEncryptionFor } from "./algorithms.ts";

/** How the body is packed, with the keys that it takes. */
export type Packing =
  | { readonly kind: "jwt"; readonly signingKey: SigningInstanceKey }
  | {
      readonly kind: "jwe";
      readonly signingKey: SigningInstanceKey;
      /** The active, unexpired key of the target; undefined when it has none. */
      readonly publicKey: EncryptionKey | undefined;
    };

type SigningInstanceKey = Pick<InstanceKey, "id" | "algorithm" | "privateKey">;
type EncryptionKey = Pick<PublicKey, "id" | "pem" | "fingerprint">;

/** What a call tells, and what a JWT adds to it. */
export interface PayloadContent {
  /**
   * The context: the text of a JSON object, which goes out as it is. Its top level must have no member of
   * {@link reservedClaims}.
   */
  readonly context: string;
  /** The jti: id of the message, as in the header webhook-id. */
  readonly id: string;
  /** The iss; see {@link issuerOf}. */
  readonly issuer: string;
  /** The aud. */
  readonly target: TargetId;
  /** Time limit of the target; with 60 s more, the JWT's lifetime. */
  readonly timeout: Nanoseconds;
  readonly now: Micros;
}

/** The target has no active, unexpired public key to encrypt for. */
export class NoEncryptionKey extends Error {
  override readonly name = "NoEncryptionKey";
}

/** Claims that belong to the JWT, which a context must not hold (RFC 7519 section 4.1). */
export const reservedClaims: readonly string[] = ["iss", "iat", "nbf", "exp", "jti", "aud"];

/** How much longer a JWT is valid than the call may take, in seconds. */
const leeway = 60;
/** Keys of each kind that stay parsed; some kilobytes each. */
const cachedKeys = 1000;

/** By kid, the thumbprint of the key. */
const privateKeys = new BoundedCache<KeyObject>(cachedKeys);
/** By fingerprint. */
const publicKeys = new BoundedCache<KeyObject>(cachedKeys);

/**
 * The iss of an instance's JWTs; its JWKS is found at `<iss>/keys`.
 *
 * @param publicUrl without trailing slash
 */
export function issuerOf(publicUrl: string, instance: InstanceId): string {
  return `${publicUrl}/instances/${instance}`;
}

/**
 * Makes the bytes of a body.
 *
 * @throws NoEncryptionKey
 * @throws TypeError when the context has a reserved claim, which its makers must refuse
 */
export async function packPayload(packing: Packing, content: PayloadContent): Promise<Uint8Array> {
  if (packing.kind === "jwt") return Buffer.from(await sign(packing.signingKey, content));
  const { signingKey, publicKey } = packing;
  if (publicKey === undefined) throw new NoEncryptionKey("there is no active public key");
  return Buffer.from(await encrypt(publicKey, await sign(signingKey, content)));
}

function sign(key: SigningInstanceKey, content: PayloadContent): Promise<string> {
  const { id: kid, algorithm: alg, privateKey } = key;
  const parsed = privateKeys.get(kid, () => createPrivateKey(privateKey));
  return new CompactSign(Buffer.from(withClaims(content)))
    .setProtectedHeader({ typ: "JWT", alg, kid })
    .sign(parsed);
}

function encrypt({ id: kid, pem, fingerprint }: EncryptionKey, jws: string): Promise<string> {
  const parsed = publicKeys.get(fingerprint, () => createPublicKey(Buffer.from(pem)));
  const alg = keyEncryptionFor(parsed);
  return new CompactEncrypt(Buffer.from(jws))
    .setProtectedHeader({ typ: "JWT", cty: "JWT", alg, enc: "A256GCM", kid })
    .encrypt(parsed);
}

/** The context's own text with the claims behind it, so that its numbers stay as they are. */
function withClaims({ context, id, issuer, target, timeout, now }: PayloadContent): string {
  const text = context.trim();
  const members = Object.keys(JSON.parse(text));
  const taken = members.find((name) => reservedClaims.includes(name));
  if (taken !== undefined) throw new TypeError(`the context must not have a member ${taken}`);
  const iat = Math.floor(now / 1e6);
  const exp = iat + Math.ceil(timeout / 1e9) + leeway;
  const claims = JSON.stringify({ iss: issuer, iat, exp, jti: id, aud: target });
  if (members.length === 0) return claims;
  return `${text.slice(0, -1)},${claims.slice(1)}`;
}
