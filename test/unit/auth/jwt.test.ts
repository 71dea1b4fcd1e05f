import { createHmac } from "node:crypto";
import { Code } from "@connectrpc/connect";
import { base64url, exportSPKI, importJWK } from "jose";
import { expect, test } from "vitest";
import { maxCredentialLength, tokenAuthentication } from "../../../src/auth/authenticate.ts";
import { forwardClock } from "../../../src/clock.ts";
import { type Algorithm, newKey, rolesClaim, type TokenChanges } from "../../support/issuer.ts";
import { openReader, type ReaderSetup } from "./support/reader.ts";

const accepted = expect.objectContaining({ roles: ["IAM_OWNER_VIEWER"] });

async function outcomeOf(make: (now: number) => TokenChanges): Promise<unknown> {
  const setup = await openReader();
  return setup.read(await setup.issuer.token(setup.now(), make(setup.now())));
}

test("a good token says who calls, with the roles and instance of the map", async () => {
  const { issuer, now, read } = await openReader();
  expect(await read(await issuer.token(now()))).toEqual({
    instance: "default",
    subject: `jwt:${issuer.url}|161616161616161616`,
    roles: ["IAM_OWNER_VIEWER"],
    permissions: [],
  });
});

test.each<Algorithm>(["RS256", "PS256", "ES256", "ES384", "EdDSA"])(
  "%s is accepted",
  async (alg) => {
    const { issuer, now, read } = await openReader();
    await issuer.rotate("other", alg);
    expect(await read(await issuer.token(now()))).toEqual(accepted);
  },
);

test.each<[string, (now: number) => TokenChanges]>([
  ["of type at+jwt", () => ({ header: { typ: "at+jwt" } })],
  ["of type application/at+jwt", () => ({ header: { typ: "application/AT+JWT" } })],
  ["of type at+jwt without jti", () => ({ header: { typ: "at+jwt" }, claims: { jti: undefined } })],
  ["of type JWT with scope instead of jti", () => ({ claims: { jti: undefined, scope: "a" } })],
  ["whose aud is the audience alone", () => ({ claims: { aud: "363838282828282828" } })],
  ["without iat and nbf", () => ({ claims: { iat: undefined, nbf: undefined } })],
  ["from a clock 59 s ahead", (now) => ({ claims: { iat: now + 59, nbf: now + 59 } })],
  ["that expires in 5 s", (now) => ({ claims: { exp: now + 5 } })],
  ["without kid, when one key fits", () => ({ header: { kid: undefined } })],
  ["that Keycloak calls Bearer", () => ({ claims: { typ: "Bearer" } })],
  ["with a number as the claim typ", () => ({ claims: { typ: 1 } })],
  ["of a subject of 255 characters", () => ({ claims: { sub: "s".repeat(255) } })],
])("a token %s is accepted", async (_name, make) => {
  expect(await outcomeOf(make)).toEqual(accepted);
});

test.each<[string, (now: number) => TokenChanges]>([
  ["of another audience", () => ({ claims: { aud: ["another"] } })],
  ["of no audience", () => ({ claims: { aud: undefined } })],
  ["whose audience only begins alike", () => ({ claims: { aud: "3638382828282828281" } })],
  ["of another issuer", () => ({ claims: { iss: "https://evil.example" } })],
  ["of the issuer with a slash more", () => ({ claims: { iss: "http://127.0.0.1/" } })],
  ["of no issuer", () => ({ claims: { iss: undefined } })],
  ["that expired now", (now) => ({ claims: { exp: now } })],
  ["that expired long ago", (now) => ({ claims: { exp: now - 3600 } })],
  ["without exp", () => ({ claims: { exp: undefined } })],
  ["with a text as exp", (now) => ({ claims: { exp: String(now + 600) } })],
  ["that is not yet valid", (now) => ({ claims: { nbf: now + 90 } })],
  ["issued in the future", (now) => ({ claims: { iat: now + 90 } })],
  ["with a text as iat", () => ({ claims: { iat: "now" } })],
  ["without sub", () => ({ claims: { sub: undefined } })],
  ["with an empty sub", () => ({ claims: { sub: "" } })],
  ["with a number as sub", () => ({ claims: { sub: 1 } })],
  ["of a subject of 256 characters", () => ({ claims: { sub: "s".repeat(256) } })],
  ["with a line break in sub", () => ({ claims: { sub: "a\nb" } })],
  ["without typ", () => ({ header: { typ: undefined } })],
  ["of type id_token+jwt", () => ({ header: { typ: "id_token+jwt" } })],
  ["of type logout+jwt", () => ({ header: { typ: "logout+jwt" } })],
  ["of type JWT without jti and scope", () => ({ claims: { jti: undefined } })],
  ["with nonce", () => ({ claims: { nonce: "n" } })],
  ["with at_hash", () => ({ claims: { at_hash: "h" } })],
  ["with c_hash", () => ({ claims: { c_hash: "h" } })],
  ["of type at+jwt with at_hash", () => ({ header: { typ: "at+jwt" }, claims: { at_hash: "h" } })],
  ["of a logout", () => ({ claims: { events: {} } })],
  ["that Keycloak calls ID", () => ({ claims: { typ: "ID" } })],
  ["that Keycloak calls Refresh", () => ({ claims: { typ: "Refresh" } })],
  ["that Keycloak calls Offline", () => ({ claims: { typ: "Offline" } })],
  ["that Keycloak calls Logout", () => ({ claims: { typ: "Logout" } })],
  ["of type at+jwt with typ ID", () => ({ header: { typ: "at+jwt" }, claims: { typ: "ID" } })],
  ["bound to a key", () => ({ claims: { cnf: { jkt: "k" } } })],
  ["with the kid of no key", () => ({ header: { kid: "none" } })],
  ["with a number as kid", () => ({ header: { kid: 1 } })],
])("a token %s is refused", async (_name, make) => {
  expect(await outcomeOf(make)).toBe("refused");
});

test.each<[string, (setup: ReaderSetup) => Promise<string>]>([
  [
    "with alg none",
    async ({ issuer, now }) => {
      const [, payload] = (await issuer.token(now())).split(".");
      return `${base64url.encode('{"alg":"none","typ":"JWT"}')}.${payload}.`;
    },
  ],
  [
    "with alg none and a signature",
    async ({ issuer, now }) => {
      const [, payload, signature] = (await issuer.token(now())).split(".");
      return `${base64url.encode('{"alg":"none","typ":"JWT"}')}.${payload}.${signature}`;
    },
  ],
  ["with HS256 and the public key as secret", ({ issuer, now }) => hmacToken(issuer, now())],
  [
    "with the kid of another key",
    async ({ issuer, now }) => issuer.token(now(), {}, await newKey("first")),
  ],
  [
    "with a claim changed after signing",
    async ({ issuer, now }) => {
      const [header, , signature] = (await issuer.token(now())).split(".");
      const other = await issuer.token(now(), { claims: { sub: "1" } });
      return `${header}.${other.split(".")[1]}.${signature}`;
    },
  ],
  [
    "with a signature of another form",
    async ({ issuer, now }) => (await issuer.token(now())).replace(/\.[\w-]+$/, ".AAAA"),
  ],
  [
    "without kid, when two keys fit",
    async ({ issuer, now }) => {
      await issuer.rotate("second");
      return issuer.token(now(), { header: { kid: undefined } });
    },
  ],
  [
    "with an algorithm beyond the list",
    async ({ issuer, now }) => {
      const key = await issuer.rotate("rsa", "RS256");
      const { alg: _, ...jwk } = key.publicJwk;
      issuer.published.splice(0, 2, { ...jwk } as typeof key.publicJwk);
      return issuer.token(now(), { header: { alg: "RS512" } }, await asRs512(key));
    },
  ],
  ["of garbage in three parts", async () => "a.b.c"],
  ["of nothing in three parts", async () => ".."],
  ["in five parts", async () => "a.b.c.d.e"],
  [
    "with an extension that must be understood",
    async ({ issuer, now }) =>
      (await issuer.token(now())).replace(
        /^[\w-]+/,
        base64url.encode('{"alg":"ES256","kid":"first","typ":"JWT","crit":["x"],"x":1}'),
      ),
  ],
])("a token %s is refused", async (_name, make) => {
  const setup = await openReader();
  expect(await setup.read(await make(setup))).toBe("refused");
});

async function asRs512(key: Awaited<ReturnType<typeof newKey>>): Promise<typeof key> {
  const jwk = await crypto.subtle.exportKey("jwk", key.privateKey);
  const { alg: _, ...rest } = jwk;
  const privateKey = await importJWK(rest as Parameters<typeof importJWK>[0], "RS512");
  return { ...key, privateKey: privateKey as typeof key.privateKey };
}

/** The classic confusion: what everybody may know is used as the secret of an HMAC. */
async function hmacToken(issuer: ReaderSetup["issuer"], now: number): Promise<string> {
  const key = await issuer.rotate("rsa", "RS256");
  const [, payload] = (await issuer.token(now)).split(".");
  const header = base64url.encode('{"alg":"HS256","kid":"rsa","typ":"JWT"}');
  const secret = await exportSPKI(
    (await importJWK(key.publicJwk, "RS256")) as typeof key.privateKey,
  );
  const signature = createHmac("sha256", secret).update(`${header}.${payload}`).digest("base64url");
  return `${header}.${payload}.${signature}`;
}

test("a token that is refused is not in the log, its reason is", async () => {
  const { issuer, now, read, logged } = await openReader();
  const token = await issuer.token(now(), { claims: { aud: "x", note: "private note" } });
  expect(await read(token)).toBe("refused");
  const text = logged.join("");
  expect(text).toContain("ERR_JWT_CLAIM_VALIDATION_FAILED aud");
  for (const part of [...token.split("."), "private note"]) expect(text).not.toContain(part);
});

test.each([
  ["a list of roles", ["viewer", "other", 1, null, "viewer"], accepted],
  ["one role", "viewer", accepted],
  ["ZITADEL's object", { viewer: { 1: "a" }, other: { 1: "a" } }, accepted],
  ["no claim", undefined, "PermissionDenied"],
  ["a role that is not mapped", { IAM_OWNER: { 1: "a" } }, "PermissionDenied"],
  ["a role in other letters", ["Viewer"], "PermissionDenied"],
  ["a number", 1, "PermissionDenied"],
  ["a nested list", [["viewer"]], "PermissionDenied"],
])("with %s in the roles claim", async (_name, claim, expected) => {
  expect(await outcomeOf(() => ({ claims: { [rolesClaim]: claim } }))).toEqual(expected);
});

test("no claim is found by the name of what every object has", async () => {
  const { issuer, now, read } = await openReader({ rolesClaim: "constructor" });
  expect(await read(await issuer.token(now()))).toBe("PermissionDenied");
});

test("a credential of 1 MB is refused before anything is looked up", async () => {
  let lookUps = 0;
  const count = async () => void lookUps++;
  const authenticate = tokenAuthentication({
    store: { findToken: count, instanceExists: async () => true },
    clock: forwardClock(),
    used: () => undefined,
    readJwt: count,
  });
  const call = (length: number) => authenticate(() => `Bearer ${"a.".repeat(length / 2)}`);
  const refusal = { entry: { code: Code.Unauthenticated } };
  await expect(call(1024 * 1024)).rejects.toMatchObject(refusal);
  await expect(call(maxCredentialLength + 2)).rejects.toMatchObject(refusal);
  expect(lookUps).toBe(0);
  await expect(call(maxCredentialLength)).rejects.toMatchObject(refusal);
  expect(lookUps).toBe(2);
});
