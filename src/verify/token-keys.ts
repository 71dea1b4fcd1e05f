/** Keys for bodies that are tokens: a JWT, or a JWE with a JWT in it (docs/signing.md). */
import { createPrivateKey, type KeyObject } from "node:crypto";
import {
  compactDecrypt,
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
  jwtVerify,
} from "jose";
import { checkTime, type Rules } from "./options.ts";
import { tokenFailure } from "./token-failure.ts";
import { VerificationError } from "./verification-error.ts";
import { type VerifiedCall, verifiedCall } from "./verified-call.ts";

/** What the tokens of a target must say, and where their keys are. */
export interface JwtOptions {
  /** The public URL of targetd, "/instances/" and the id of the instance. */
  readonly issuer: string;
  /** The id of the target: the audience of its tokens. */
  readonly target: string;
  /**
   * The public keys of the instance, or the address they are fetched from; `<issuer>/keys` by default. What is
   * fetched is kept for five minutes, and fetched again, at most every 30 seconds, for a key that is not there.
   */
  readonly keySet?: URL | JSONWebKeySet;
}

/** A private key: PEM, or read already. */
export type PrivateKey = string | KeyObject;

export interface JweOptions extends JwtOptions {
  /** By the ids that AddPublicKey answered with. */
  readonly privateKeys: ReadonlyMap<string, PrivateKey> | Readonly<Record<string, PrivateKey>>;
}

/** Made by {@link jwtKeys} and {@link jweKeys}; to be made once, as it keeps the key set. */
export interface TokenKeys {
  readonly kind: "jwt" | "jwe";
  /** What `verify` calls; @throws VerificationError */
  readonly open: (body: Uint8Array, rules: Rules) => Promise<VerifiedCall>;
}

const signatureAlgorithms = ["RS256", "ES256", "EdDSA"];
/** As the key set may be kept, so that a revoked key ends here when it can be expected to. */
const keySetMaxAge = 5 * 60 * 1000;

/**
 * Keys for bodies of the type JWT.
 *
 * @throws TypeError naming the option that is wrong
 */
export function jwtKeys(options: JwtOptions): TokenKeys {
  const read = jwtReader(options);
  return { kind: "jwt", open: (body, rules) => read(body, rules, "jwt") };
}

/**
 * Keys for bodies of the type JWE. The JWT inside is verified as well: everybody can encrypt.
 *
 * @throws TypeError naming the option that is wrong, without repeating a key
 */
export function jweKeys(options: JweOptions): TokenKeys {
  const privateKeys = readPrivateKeys(options.privateKeys);
  const read = jwtReader(options);
  return {
    kind: "jwe",
    open: async (body, rules) => read(await decrypt(body, privateKeys), rules, "jwe"),
  };
}

type ReadJwt = (jwt: Uint8Array, rules: Rules, proof: "jwt" | "jwe") => Promise<VerifiedCall>;

function jwtReader({ issuer, target, keySet }: JwtOptions): ReadJwt {
  if (!URL.canParse(issuer)) throw new TypeError("issuer must be a URL");
  if (typeof target !== "string" || target === "") {
    throw new TypeError("target must be the id of the target");
  }
  const getKey = keyGetter(keySet ?? new URL(`${issuer}/keys`));
  return async (jwt, rules, proof) => {
    const claims = {
      issuer,
      audience: target,
      algorithms: signatureAlgorithms,
      typ: "JWT",
      requiredClaims: ["exp", "iat", "jti"],
      clockTolerance: rules.tolerance,
      currentDate: rules.now,
    };
    const { payload } = await jwtVerify(jwt, getKey, claims).catch((thrown: unknown) => {
      throw tokenFailure(thrown, "malformed-token");
    });
    const { iat, jti } = payload;
    if (typeof iat !== "number") throw new VerificationError("malformed-token", "iat");
    if (typeof jti !== "string") throw new VerificationError("malformed-token", "jti");
    checkTime(iat, rules, "iat");
    const [, content = ""] = new TextDecoder().decode(jwt).split(".");
    return verifiedCall(proof, jti, iat, Buffer.from(content, "base64url"));
  };
}

function keyGetter(keySet: URL | JSONWebKeySet): JWTVerifyGetKey {
  if (!(keySet instanceof URL)) return createLocalJWKSet(keySet);
  const remote = createRemoteJWKSet(keySet, { cacheMaxAge: keySetMaxAge });
  return (header, token) =>
    remote(header, token).catch((thrown: unknown) => {
      // Anything else is the fetch: no connection, its timeout, or an answer that is no key set.
      if (thrown instanceof errors.JWKSNoMatchingKey) throw thrown;
      if (thrown instanceof errors.JWKSMultipleMatchingKeys) throw thrown;
      throw new VerificationError("key-set-unavailable", undefined, { cause: thrown });
    });
}

function readPrivateKeys(given: JweOptions["privateKeys"]): ReadonlyMap<string, KeyObject> {
  const entries = given instanceof Map ? [...given] : Object.entries(given);
  if (entries.length === 0) throw new TypeError("privateKeys must hold at least one key");
  return new Map(entries.map(([id, key]) => [id, readPrivateKey(id, key)]));
}

function readPrivateKey(id: string, key: PrivateKey): KeyObject {
  const read = typeof key === "string" ? parsePem(key) : key;
  if (read?.type !== "private") {
    throw new TypeError(`privateKeys: the key ${id} must be a private key, as PEM or KeyObject`);
  }
  return read;
}

function parsePem(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    // What it says about a text that is no key could repeat some of it.
    return undefined;
  }
}

async function decrypt(
  body: Uint8Array,
  privateKeys: ReadonlyMap<string, KeyObject>,
): Promise<Uint8Array> {
  const keyOf = ({ kid = "" }: { kid?: string }) => {
    const key = privateKeys.get(kid);
    if (key === undefined) throw new VerificationError("no-private-key");
    return key;
  };
  const options = {
    keyManagementAlgorithms: ["RSA-OAEP-256", "ECDH-ES+A256KW"],
    contentEncryptionAlgorithms: ["A256GCM"],
    // Nothing that is sent is compressed.
    maxDecompressedLength: 0,
  };
  const { plaintext } = await compactDecrypt(body, keyOf, options).catch((thrown: unknown) => {
    throw tokenFailure(thrown, "not-decryptable");
  });
  return plaintext;
}
