/**
 * How a receiver makes sure that a call is from targetd without `targetd/verify`: four ways, of which one is
 * enough. docs/signing.md says in words what each does. Pass the body exactly as it came in.
 */
import { createHmac, type KeyObject, timingSafeEqual } from "node:crypto";
import { compactDecrypt, createRemoteJWKSet, type JWTPayload, jwtVerify } from "jose";
import { Webhook } from "standardwebhooks";

/**
 * The header ZITADEL-Signature.
 *
 * @param signingKey the target's, "whsec_..."
 * @param now seconds since 1970
 */
export function verifyZitadelSignature(
  body: Uint8Array,
  header: string,
  signingKey: string,
  now = Date.now() / 1000,
): boolean {
  const parts = header.split(",").map((part) => part.split("="));
  const time = parts.find(([name]) => name === "t")?.[1] ?? "";
  if (!(Math.abs(now - Number(time)) <= 300)) return false;
  const wanted = createHmac("sha256", signingKey).update(`${time}.`).update(body).digest();
  return parts.some(([name, value = ""]) => {
    const given = Buffer.from(value, "hex");
    return name === "v1" && given.length === wanted.length && timingSafeEqual(given, wanted);
  });
}

/**
 * The headers of Standard Webhooks.
 *
 * @throws WebhookVerificationError
 */
export function verifyStandardWebhook(
  body: Buffer,
  headers: Record<string, string>,
  signingKey: string,
): void {
  new Webhook(signingKey).verify(body, headers, { jsonParse: false });
}

export interface Expected {
  /** The public URL of targetd, "/instances/" and the id of the instance. */
  readonly issuer: string;
  /** The id of the target. */
  readonly target: string;
}

/** Reads a body of the type JWT; fails when it is not genuine or too old. */
export type ReadJwt = (body: string | Uint8Array) => Promise<JWTPayload>;

/** Create it once: it keeps the keys and fetches them again when a new one appears. */
export function jwtReader({ issuer, target }: Expected): ReadJwt {
  const keys = createRemoteJWKSet(new URL(`${issuer}/keys`));
  const algorithms = ["RS256", "ES256", "EdDSA"];
  return async (body) => {
    const rules = { issuer, audience: target, algorithms, typ: "JWT" };
    return (await jwtVerify(body, keys, rules)).payload;
  };
}

/**
 * Reads a body of the type JWE, which holds a JWT.
 *
 * @param privateKeys by the ids that AddPublicKey answered with; createPrivateKey reads PEM
 */
export function jweReader(
  expected: Expected,
  privateKeys: ReadonlyMap<string, KeyObject>,
): (body: string) => Promise<JWTPayload> {
  const readJwt = jwtReader(expected);
  return async (body) => {
    const { plaintext } = await compactDecrypt(body, ({ kid = "" }) => {
      const key = privateKeys.get(kid);
      if (key === undefined) throw new Error(`there is no private key ${kid}`);
      return key;
    });
    return readJwt(plaintext);
  };
}
