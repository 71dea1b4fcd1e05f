import type { KeyObject } from "node:crypto";
import { calculateJwkThumbprint } from "jose";
import type { InstanceKeyAlgorithm, InstanceKeyPair } from "../domain/instance-key.ts";
import { signatureAlgorithms } from "./algorithms.ts";

/**
 * Makes a key pair with which an instance can sign. An RSA pair takes some tenths of a second, in
 * another thread. The kid is the thumbprint of the public key (RFC 7638), so that no two are alike.
 */
export async function newInstanceKey(algorithm: InstanceKeyAlgorithm): Promise<InstanceKeyPair> {
  const { privateKey, publicKey } = await signatureAlgorithms[algorithm]();
  const jwk = membersOf(publicKey);
  const id = await calculateJwkThumbprint(jwk);
  return {
    id,
    algorithm,
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }),
    publicJwk: { ...jwk, kid: id, alg: algorithm, use: "sig" },
  };
}

/** The members of a public key, all of which are texts (RFC 7518 section 6). */
function membersOf(publicKey: KeyObject): Record<string, string> {
  const members = Object.entries(publicKey.export({ format: "jwk" }));
  return Object.fromEntries(
    members.filter((member): member is [string, string] => typeof member[1] === "string"),
  );
}
