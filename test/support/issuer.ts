/** A small issuer of JWTs: discovery, key set and signatures, on a port of this machine. */
import { once } from "node:events";
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";

/** Algorithms that are accepted. */
export type Algorithm = "RS256" | "PS256" | "ES256" | "ES384" | "EdDSA";

export const audience = "363838282828282828";
export const rolesClaim = "urn:zitadel:iam:org:project:3638:roles";

/** One key of the issuer. */
export interface IssuerKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

/** What differs from a good token; undefined leaves something out. */
export interface TokenChanges {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
}

export interface TestIssuer {
  readonly url: string;
  /** Paths that were asked for so far. */
  readonly asked: readonly string[];
  /** Public keys that are published. */
  readonly published: JWK[];
  /** Answers other than the right ones, by path. */
  readonly answers: Map<string, RequestListener>;
  /** Adds a key to those that are published, and signs with it from now on. */
  rotate(kid: string, alg?: Algorithm): Promise<IssuerKey>;
  /** A token as ZITADEL issues them, signed with the newest key or the one that is given. */
  token(now: number, changes?: TokenChanges, key?: IssuerKey): Promise<string>;
  close(): Promise<void>;
}

export const discoveryPath = "/.well-known/openid-configuration";
export const keysPath = "/oauth/v2/keys";

export async function newKey(kid: string, alg: Algorithm = "ES256"): Promise<IssuerKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const publicJwk = { ...(await exportJWK(publicKey)), kid, alg, use: "sig" } as JWK;
  return { kid, alg, privateKey, publicJwk };
}

/** Starts an issuer with one key, "first". */
export async function openIssuer(): Promise<TestIssuer> {
  const asked: string[] = [];
  const answers = new Map<string, RequestListener>();
  const published: JWK[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(path);
    const answer = answers.get(path);
    if (answer !== undefined) answer(request, response);
    else if (path === keysPath) sendJson(response, { keys: published });
    else sendJson(response, { issuer: url, jwks_uri: `${url}${keysPath}` });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let newest: IssuerKey;
  const issuer: TestIssuer = {
    url,
    asked,
    published,
    answers,
    async rotate(kid, alg) {
      newest = await newKey(kid, alg);
      published.push(newest.publicJwk);
      return newest;
    },
    token: (now, changes, key = newest) => signedToken(url, now, changes, key),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  await issuer.rotate("first");
  return issuer;
}

/**
 * A token as ZITADEL issues them.
 *
 * @param now seconds since 1970
 */
export function signedToken(
  issuer: string,
  now: number,
  { header, claims }: TokenChanges = {},
  { alg, kid, privateKey }: IssuerKey,
): Promise<string> {
  const payload = {
    iss: issuer,
    sub: "161616161616161616",
    aud: [audience, "another"],
    iat: now,
    nbf: now,
    exp: now + 600,
    jti: "V2_1",
    client_id: "service@example",
    [rolesClaim]: { viewer: { 1234: "acme.example" } },
    ...claims,
  };
  const protectedHeader = { alg, kid, typ: "JWT", ...header };
  return new SignJWT(payload).setProtectedHeader(protectedHeader).sign(privateKey);
}

/** Answers with a JSON value, or with a text as it is. */
export function sendJson(response: ServerResponse, value: unknown): void {
  response.setHeader("content-type", "application/json");
  response.end(typeof value === "string" ? value : JSON.stringify(value));
}
