/** Whether calls are genuine, and what they say (docs/signing.md). */
import type { KeyObject } from "node:crypto";
import { compactDecrypt, decodeJwt, decodeProtectedHeader } from "jose";
import {
  jweKeys,
  jwtKeys,
  type TokenKeys,
  VerificationError,
  verify,
} from "../../verify/verify.ts";
import type { Received } from "./receiver.ts";

/**
 * - `genuine`: every proof that the call carries holds, by these.
 * - `forged`: one of them does not, with the code of targetd/verify.
 * - `unknown`: nothing here can prove it.
 */
export type Verdict =
  | { readonly kind: "genuine"; readonly proofs: readonly string[] }
  | { readonly kind: "forged"; readonly code: string; readonly message: string }
  | { readonly kind: "unknown"; readonly message: string; readonly code?: string };

export type Packing = "json" | "jwt" | "jwe";

export interface Judged {
  readonly verdict: Verdict;
  readonly packing: Packing;
  /** The body, or what a token holds; undefined for a token that could not be opened. */
  readonly text: string | undefined;
}

/** What a listener can prove calls with. */
export interface Proofs {
  /** Those of the target; none when they are not known. */
  readonly signingKeys: readonly string[];
  /** Id of the target, the audience of its tokens. */
  readonly target: string;
  /** Of the server, without trailing slash; it has the public keys of the instance. */
  readonly address: string;
  /** Opens bodies of the type JWE. */
  readonly privateKey: KeyObject | undefined;
}

/** Returns a function that judges calls. */
export function createJudge(proofs: Proofs): (call: Received) => Promise<Judged> {
  const open = tokenOpener(proofs);
  return async (call) => {
    const packing = packingOf(call.body);
    try {
      return await prove(call, packing, proofs, open);
    } catch (error) {
      if (!(error instanceof VerificationError)) throw error;
      const { code, message } = error;
      // That one says nothing about the call.
      const kind = code === "key-set-unavailable" ? "unknown" : "forged";
      return { verdict: { kind, code, message }, packing, text: unproven(call, packing) };
    }
  };
}

/** @throws VerificationError */
async function prove(
  call: Received,
  packing: Packing,
  proofs: Proofs,
  open: ReturnType<typeof tokenOpener>,
): Promise<Judged> {
  const { signingKeys } = proofs;
  const { headers, body } = call;
  const held = signingKeys.length > 0 ? [(await verify(headers, body, signingKeys)).proof] : [];
  if (packing === "json") {
    return { verdict: verdictOf(held, packing, proofs), packing, text: body.toString() };
  }
  const text = await open(packing, call);
  const all = text === undefined ? held : [...held, packing];
  return { verdict: verdictOf(all, packing, proofs), packing, text };
}

function verdictOf(held: readonly string[], packing: Packing, { privateKey }: Proofs): Verdict {
  if (held.length > 0) return { kind: "genuine", proofs: held };
  const missing =
    packing === "jwe" && privateKey === undefined ? "the private key is not known here" : noKey;
  return { kind: "unknown", message: missing };
}

const noKey = "the signing key is not known here";

/** What a forged call claims is of interest too; the token of a JWE stays closed. */
function unproven({ body }: Received, packing: Packing): string | undefined {
  if (packing === "json") return body.toString();
  return packing === "jwt" ? claimsOf(body.toString()) : undefined;
}

function claimsOf(jwt: string): string | undefined {
  try {
    return JSON.stringify(decodeJwt(jwt));
  } catch {
    return undefined;
  }
}

/** Compact tokens have three or five parts, of which the first is a JSON object. */
function packingOf(body: Buffer): Packing {
  const text = body.toString("latin1");
  if (!/^eyJ[\w-]+(?:\.[\w-]*){2,4}$/.test(text)) return "json";
  const dots = text.split(".").length - 1;
  return dots === 4 ? "jwe" : dots === 2 ? "jwt" : "json";
}

/**
 * Returns a function that opens tokens and proves them. The issuer is the server's public URL, which a
 * listener need not know: its tokens name it, and are proven by the keys that the server itself publishes
 * for their instance, and by the target that they are for.
 */
function tokenOpener({ target, address, privateKey }: Proofs) {
  const known = new Map<string, TokenKeys>();
  const keysFor = (issuer: string, kid: string, key: KeyObject | undefined): TokenKeys => {
    const keySet = new URL(`${address}/instances/${instanceOf(issuer)}/keys`);
    if (key === undefined) return jwtKeys({ issuer, target, keySet });
    return jweKeys({ issuer, target, keySet, privateKeys: { [kid]: key } });
  };
  return async (packing: Packing, { headers, body }: Received): Promise<string | undefined> => {
    const text = body.toString();
    const key = packing === "jwe" ? privateKey : undefined;
    if (packing === "jwe" && key === undefined) return undefined;
    const { kid = "" } = packing === "jwe" ? headerOf(text) : {};
    const { iss = "" } = claimsIn(key === undefined ? text : await decrypted(text, key));
    const name = JSON.stringify([packing, iss, kid]);
    const keys = known.get(name) ?? keysFor(iss, kid, key);
    const call = await verify(headers, body, keys);
    // Only what is proven is kept, so that nobody can fill the memory.
    known.set(name, keys);
    return call.text;
  };
}

/** @throws VerificationError malformed-token, wrong-issuer */
function instanceOf(issuer: string): string {
  const [, instance] = /\/instances\/([\w-]+)$/.exec(issuer) ?? [];
  if (instance === undefined || !URL.canParse(issuer)) {
    throw new VerificationError("wrong-issuer", "iss");
  }
  return instance;
}

function headerOf(token: string): { readonly kid?: string | undefined } {
  return parsed(() => decodeProtectedHeader(token));
}

function claimsIn(jwt: string): { readonly iss?: string | undefined } {
  return parsed(() => decodeJwt(jwt));
}

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch {
    throw new VerificationError("malformed-token");
  }
}

async function decrypted(token: string, key: KeyObject): Promise<string> {
  try {
    return Buffer.from((await compactDecrypt(token, key)).plaintext).toString();
  } catch {
    throw new VerificationError("not-decryptable");
  }
}
