/** Public keys as PEM SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7, RFC 7468 section 13). */
import {
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  publicEncrypt,
} from "node:crypto";

/** Fewest bits of an RSA key. */
const minRsaBits = 2048;
/** Most bits; OpenSSL encrypts with no longer ones. */
const maxRsaBits = 16384;

const curves: ReadonlyMap<string, string> = new Map([
  ["prime256v1", "P-256"],
  ["secp384r1", "P-384"],
  ["secp521r1", "P-521"],
]);

/** A key that may encrypt payloads, or why it may not. */
export type SpkiReading =
  | { readonly fingerprint: string; readonly problem?: undefined }
  | { readonly problem: string; readonly fingerprint?: undefined };

/**
 * Reads a public key.
 *
 * @param pem exactly one PEM block, with white space around it at most
 * @returns "SHA256:" and the unpadded base64 of SHA-256 over the DER form, or what is wrong
 */
export function readSpki(pem: Uint8Array): SpkiReading {
  const text = Buffer.from(pem).toString("latin1").trim();
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    return { problem: "is a private key: keep it secret, and give the public half" };
  }
  const label = /^-----BEGIN ([A-Z0-9 ]+)-----/.exec(text)?.[1];
  if (label === undefined)
    return { problem: 'must be PEM that begins "-----BEGIN PUBLIC KEY-----"' };
  if (label !== "PUBLIC KEY") {
    return { problem: `must be a PUBLIC KEY (SubjectPublicKeyInfo), not a ${label.slice(0, 40)}` };
  }
  if (!/^-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----$/.test(text)) {
    return { problem: "must be one PEM block with nothing before or behind it" };
  }
  return readKey(text) ?? { problem: "must hold a SubjectPublicKeyInfo that can be used" };
}

/** @returns undefined when it is no key, or one that cannot encrypt */
function readKey(pem: string): SpkiReading | undefined {
  try {
    const key = createPublicKey({ key: pem, format: "pem", type: "spki" });
    const problem = kindProblem(key);
    if (problem !== undefined) return { problem };
    tryOut(key);
    const der = key.export({ format: "der", type: "spki" });
    const digest = createHash("sha256").update(der).digest("base64").replace(/=+$/, "");
    return { fingerprint: `SHA256:${digest}` };
  } catch {
    return undefined;
  }
}

function kindProblem({ asymmetricKeyType, asymmetricKeyDetails: details }: KeyObject) {
  if (asymmetricKeyType === "rsa") {
    const bits = details?.modulusLength ?? 0;
    if (bits < minRsaBits || bits > maxRsaBits) {
      return `has ${bits} bits; RSA needs ${minRsaBits} to ${maxRsaBits}`;
    }
    const exponent = details?.publicExponent ?? 0n;
    return exponent >= 3n ? undefined : "has a public exponent below 3, which hides nothing";
  }
  if (asymmetricKeyType === "ec") {
    const curve = details?.namedCurve;
    if (curve !== undefined && curves.has(curve)) return undefined;
    const known = [...curves.values()].join(", ");
    return `is on ${curve === undefined ? "no named curve" : `the curve ${curve}`}; allowed are ${known}`;
  }
  return `is of type ${asymmetricKeyType}; it must be RSA or EC`;
}

/**
 * Uses a key once: one that can be read need not make sense, for instance with an even modulus or
 * a point that is none of the curve, and would fail each call later.
 */
function tryOut(key: KeyObject): void {
  const { asymmetricKeyType, asymmetricKeyDetails: details } = key;
  if (asymmetricKeyType === "rsa") {
    publicEncrypt({ key, oaepHash: "sha256" }, Buffer.alloc(32));
    return;
  }
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: details?.namedCurve ?? "" });
  diffieHellman({ privateKey, publicKey: key });
}
