/** Fetches the public keys of an issuer of JWTs, bounded in time and size. */
import type { JSONWebKeySet } from "jose";
import { isLoopback } from "../config/rules.ts";

/** Where the keys are. */
export interface KeySetOrigin {
  /** Exact value of "iss". */
  readonly issuer: string;
  /** Address of the key set; undefined: as the issuer's discovery document says. */
  readonly jwksUrl: string | undefined;
  /** Allows http, to addresses of this machine only. */
  readonly dev: boolean;
}

/** What one fetch may take, discovery included. */
export interface FetchLimits {
  readonly timeoutMs: number;
  /** Largest answer in bytes, inflated. */
  readonly maxBytes: number;
}

export const fetchLimits: FetchLimits = Object.freeze({ timeoutMs: 5_000, maxBytes: 256 * 1024 });

/** Fetches the key set anew. Rejects with an Error that says what is wrong. */
export type FetchKeySet = () => Promise<JSONWebKeySet>;

/** Tells whether keys may be fetched from a URL: https, or in development http on this machine. */
export function mayFetchKeys(url: string, dev: boolean): boolean {
  const parsed = URL.parse(url);
  if (parsed === null || parsed.username !== "" || parsed.password !== "") return false;
  if (parsed.protocol === "https:") return true;
  const host = parsed.hostname.replace(/^\[(.*)\]$/, "$1");
  return dev && parsed.protocol === "http:" && isLoopback(host);
}

export function keySetFetcher(origin: KeySetOrigin, limits = fetchLimits): FetchKeySet {
  return async () => {
    const signal = AbortSignal.timeout(limits.timeoutMs);
    const get = (url: string) => {
      if (!mayFetchKeys(url, origin.dev)) throw new Error(`${url} is not https`);
      return getJson(url, signal, limits.maxBytes);
    };
    const url = origin.jwksUrl ?? keySetUrl(await get(discoveryUrl(origin.issuer)), origin.issuer);
    // The shape is checked where the keys are taken from it.
    return (await get(url)) as JSONWebKeySet;
  };
}

/** OpenID Connect Discovery 1.0, section 4. */
function discoveryUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
}

function keySetUrl(document: unknown, issuer: string): string {
  const { issuer: named, jwks_uri: url } = Object(document) as Record<string, unknown>;
  // Section 4.3: a document of another issuer must not be used.
  if (named !== issuer) throw new Error("the discovery document names another issuer");
  if (typeof url !== "string") throw new Error("the discovery document has no jwks_uri");
  return url;
}

async function getJson(url: string, signal: AbortSignal, maxBytes: number): Promise<unknown> {
  // A redirect is answered as any other status than 200: the operator names the place itself.
  const response = await fetch(url, {
    redirect: "manual",
    signal,
    headers: { accept: "application/json, application/jwk-set+json" },
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`${url} answered with status ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`${url} answered with more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString());
}
