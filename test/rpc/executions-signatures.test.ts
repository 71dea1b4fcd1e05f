/**
 * Receivers of real calls, written against the published recipes: ZITADEL's header, the package
 * standardwebhooks, and jose with nothing but our key set; and `targetd/verify`.
 */
import { createHmac, generateKeyPairSync, timingSafeEqual } from "node:crypto";
import type { JsonObject } from "@bufbuild/protobuf";
import { compactDecrypt, createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { Webhook } from "standardwebhooks";
import { jweKeys, jwtKeys, VerificationError, verify } from "targetd/verify";
import { describe, expect, test } from "vitest";
import { KeyAlgorithm } from "../../gen/targetd/v1/instance_service_pb.ts";
import { type Hit, openHook } from "../support/hook.ts";
import { callerOf } from "./support/iam.ts";
import { shortly } from "./support/play.ts";
import { useServer } from "./support/server.ts";
import { allRequests, allResponses, newTenant, type Tenant } from "./support/tenant.ts";

const server = useServer({}, { dev: true });

/** zitadel.com/docs/guides/integrate/actions/testing-request-signature, in TypeScript. */
function zitadelAccepts(
  { headers, body }: Pick<Hit, "headers" | "body">,
  key: string,
  now: number,
  name = "zitadel-signature",
): boolean {
  const header = String(headers[name]);
  const pairs = header.split(",").map((part) => part.split("=") as [string, string]);
  const time = Number(pairs.find(([scheme]) => scheme === "t")?.[1]);
  if (!(Math.abs(now - time) <= 300)) return false;
  const wanted = createHmac("sha256", key).update(`${time}.`).update(body).digest();
  return pairs
    .filter(([scheme]) => scheme === "v1")
    .map(([, hex]) => Buffer.from(hex, "hex"))
    .some((given) => given.length === wanted.length && timingSafeEqual(given, wanted));
}

const seconds = () => server.clock.now() / 1e6;

async function oneCall(payloadType: string, tenant?: Tenant) {
  const owner = tenant ?? (await newTenant(server));
  const hook = await openHook();
  const target = await owner.target(hook.url, { payloadType });
  await owner.bind(allRequests, target);
  expect(shortly(await owner.call("ListTargets", {}))).toBe("OK");
  return { tenant: owner, hit: hook.last(), target, hook };
}

describe.each(["JSON", "JWT", "JWE"])("a call with a payload of type %s", (type) => {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });

  async function signedCall() {
    if (type !== "JWE") return oneCall(`PAYLOAD_TYPE_${type}`);
    const tenant = await newTenant(server);
    const hook = await openHook();
    const target = await tenant.target(hook.url, { payloadType: "PAYLOAD_TYPE_JWE" });
    await addKey(tenant, target.id, publicKey.export({ type: "spki", format: "pem" }));
    await tenant.bind(allRequests, target);
    await tenant.call("ListTargets", {});
    return { tenant, hit: hook.last(), target, hook };
  }

  test("passes ZITADEL's check of both headers for 300 seconds", async () => {
    const { hit, target } = await signedCall();
    const { signingKey } = target;
    for (const name of ["zitadel-signature", "x-zitadel-signature"]) {
      expect(zitadelAccepts(hit, signingKey, seconds(), name)).toBe(true);
      expect(zitadelAccepts(hit, signingKey, seconds() + 299, name)).toBe(true);
      expect(zitadelAccepts(hit, signingKey, seconds() + 302, name)).toBe(false);
      expect(zitadelAccepts(hit, `${signingKey}x`, seconds(), name)).toBe(false);
      const changed = { headers: hit.headers, body: Buffer.concat([hit.body, Buffer.from(" ")]) };
      expect(zitadelAccepts(changed, signingKey, seconds(), name)).toBe(false);
    }
    expect(hit.headers["content-type"]).toBe("application/json");
  });

  test("passes the check of the package standardwebhooks", async () => {
    const { hit, target } = await signedCall();
    const headers = hit.headers as Record<string, string>;
    const webhook = new Webhook(target.signingKey);
    const options = { jsonParse: false } as const;
    expect(() => webhook.verify(hit.body, headers, options)).not.toThrow();
    const other = { ...headers, "webhook-id": "msg_other" };
    expect(() => webhook.verify(hit.body, other, options)).toThrow();
    expect(headers["webhook-id"]).toMatch(/^msg_/);
  });
});

describe("targetd/verify", () => {
  const now = () => new Date(seconds() * 1000);

  test.each([
    ["standard-webhooks", /^msg_/],
    ["zitadel", undefined],
  ] as const)("accepts both keys of a rotation by the headers of %s", async (scheme, id) => {
    const { tenant, target, hook } = await oneCall("PAYLOAD_TYPE_JSON");
    const rotation = { id: target.id, expirationSigningKey: "3600s" };
    const { signingKey } = await tenant.must("UpdateTarget", rotation);
    await tenant.call("ListTargets", {});
    const { headers, body } = hook.last();
    const stranger = (await oneCall("PAYLOAD_TYPE_JSON")).target.signingKey;
    for (const keys of [target.signingKey, String(signingKey), [stranger, target.signingKey]]) {
      const call = await verify(headers, body, keys, { scheme, now: now() });
      expect(call.json()).toMatchObject({ instanceID: tenant.id });
      if (id !== undefined) expect(call.id).toMatch(id);
    }
    const refused = verify(headers, body, stranger, { scheme, now: now() });
    await expect(refused).rejects.toThrow(VerificationError);
  });

  test("reads a JWT, and a JWE around one", async () => {
    const tenant = await newTenant(server);
    const hook = await openHook();
    const target = await tenant.target(hook.url, { payloadType: "PAYLOAD_TYPE_JWT" });
    await tenant.bind(allRequests, target);
    await tenant.call("ListTargets", {});
    const expected = { issuer: `${server.app.url}/instances/${tenant.id}`, target: target.id };
    const jwt = await verify({}, hook.last().body, jwtKeys(expected), { now: now() });
    expect(jwt).toMatchObject({ proof: "jwt", id: hook.last().headers["webhook-id"] });
    const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const pem = publicKey.export({ type: "spki", format: "pem" });
    const privateKeys = { [await addKey(tenant, target.id, pem)]: privateKey };
    await tenant.must("UpdateTarget", { id: target.id, payloadType: "PAYLOAD_TYPE_JWE" });
    await tenant.call("ListTargets", {});
    const keys = jweKeys({ ...expected, privateKeys });
    const jwe = await verify({}, hook.last().body, keys, { now: now() });
    expect([jwe.proof, jwe.json()]).toEqual([
      "jwe",
      expect.objectContaining({ instanceID: tenant.id }),
    ]);
  });
});

/** What a receiver configures: the issuer and the target it is. */
async function readJwt(tenant: Tenant, audience: string, jwt: string | Uint8Array) {
  const issuer = `${server.app.url}/instances/${tenant.id}`;
  const keys = createRemoteJWKSet(new URL(`${issuer}/keys`));
  const currentDate = new Date(seconds() * 1000);
  return jwtVerify(jwt, keys, { issuer, audience, typ: "JWT", currentDate });
}

describe("a JWT", () => {
  test("is accepted with the context as its payload, until it expires", async () => {
    const { tenant, hit, target } = await oneCall("PAYLOAD_TYPE_JWT");
    const { payload } = await readJwt(tenant, target.id, hit.body.toString());
    expect(payload).toMatchObject({
      fullMethod: "/zitadel.action.v2.ActionService/ListTargets",
      instanceID: tenant.id,
      jti: hit.headers["webhook-id"],
    });
    // The timeout of 10 s and 60 s more.
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(70);
    await expect(readJwt(tenant, "other", hit.body.toString())).rejects.toThrow();
    const other = await newTenant(server);
    await expect(readJwt(other, target.id, hit.body.toString())).rejects.toThrow();
  });

  test.each([
    [KeyAlgorithm.RS256, "RS256"],
    [KeyAlgorithm.ES256, "ES256"],
    [KeyAlgorithm.EDDSA, "EdDSA"],
  ])("is signed with the algorithm of the instance's key: %d", async (algorithm, name) => {
    const tenant = await newTenant(server);
    const { instances } = callerOf(server.app.url, server.app.tokens.owner);
    await instances.rotateInstanceKey({ instanceId: tenant.id, algorithm });
    const { hit, target } = await oneCall("PAYLOAD_TYPE_JWT", tenant);
    const { protectedHeader } = await readJwt(tenant, target.id, hit.body.toString());
    expect(protectedHeader.alg).toBe(name);
  });

  test("of the default instance verifies with /oauth/v2/keys too", async () => {
    const { url } = server.app;
    const hook = await openHook();
    const id = await server.create({ endpoint: hook.url, payloadType: "PAYLOAD_TYPE_JWT" });
    const targets = [id];
    await server.call("SetExecution", { condition: allRequests, targets });
    await server.call("ListTargets", {});
    const keys = createRemoteJWKSet(new URL(`${url}/oauth/v2/keys`));
    const currentDate = new Date(seconds() * 1000);
    const jwt = hook.last().body.toString();
    const { payload } = await jwtVerify(jwt, keys, { currentDate });
    expect(payload.iss).toBe(`${url}/instances/default`);
    await server.call("SetExecution", { condition: allRequests, targets: [] });
  });
});

async function addKey(tenant: Tenant, targetId: string, pem: string | Buffer): Promise<string> {
  const publicKey = Buffer.from(pem).toString("base64");
  const { keyId } = await tenant.must("AddPublicKey", { targetId, publicKey });
  await tenant.must("ActivatePublicKey", { targetId, keyId: String(keyId) });
  return String(keyId);
}

describe("a JWE", () => {
  test.each([
    ["RSA", "RSA-OAEP-256", () => generateKeyPairSync("rsa", { modulusLength: 2048 })],
    ["P-256", "ECDH-ES+A256KW", () => generateKeyPairSync("ec", { namedCurve: "P-256" })],
    ["P-384", "ECDH-ES+A256KW", () => generateKeyPairSync("ec", { namedCurve: "P-384" })],
    ["P-521", "ECDH-ES+A256KW", () => generateKeyPairSync("ec", { namedCurve: "P-521" })],
  ])("for a key of type %s is decrypted, and holds the JWT", async (_type, alg, makePair) => {
    const tenant = await newTenant(server);
    const hook = await openHook();
    const target = await tenant.target(hook.url, { payloadType: "PAYLOAD_TYPE_JWE" });
    const { publicKey, privateKey } = makePair();
    const kid = await addKey(tenant, target.id, publicKey.export({ type: "spki", format: "pem" }));
    await tenant.bind(allRequests, target);
    await tenant.call("ListTargets", {});
    const jwe = hook.last().body.toString();
    const header = { alg, kid, enc: "A256GCM", typ: "JWT", cty: "JWT" };
    expect(decodeProtectedHeader(jwe)).toMatchObject(header);
    const { plaintext } = await compactDecrypt(jwe, privateKey);
    const { payload } = await readJwt(tenant, target.id, plaintext);
    expect(payload).toMatchObject({ instanceID: tenant.id, aud: target.id });
  });

  test("is made for the key that is active, and for none that is inactive or expired", async () => {
    const tenant = await newTenant(server);
    const hook = await openHook();
    const target = await tenant.target(hook.url, { payloadType: "PAYLOAD_TYPE_JWE" });
    await tenant.bind(allRequests, target);
    const pems = [1, 2].map(() =>
      generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({
        type: "spki",
        format: "pem",
      }),
    );
    const kidNow = async () => {
      expect(shortly(await tenant.call("ListTargets", {}))).toBe("OK");
      return decodeProtectedHeader(hook.last().body.toString()).kid;
    };
    const noKey = "FAILED_PRECONDITION EXEC-2n8fhs7g";
    expect(shortly(await tenant.call("ListTargets", {}))).toBe(noKey);
    const first = await addKey(tenant, target.id, pems[0] ?? "");
    expect(await kidNow()).toBe(first);
    const publicKey = Buffer.from(pems[1] ?? "").toString("base64");
    const expirationDate = new Date((seconds() + 3600) * 1000).toISOString();
    const request = { targetId: target.id, publicKey, expirationDate };
    const { keyId } = await tenant.must("AddPublicKey", request);
    expect(await kidNow()).toBe(first);
    await tenant.must("ActivatePublicKey", { targetId: target.id, keyId: String(keyId) });
    expect(await kidNow()).toBe(keyId);
    server.clock.pass(3601);
    const expired = await tenant.call("ListTargets", {});
    expect(shortly(expired)).toBe(noKey);
    expect(expired.metadata).toMatchObject({ stage: "prepare", target_id: target.id });
    await tenant.must("ActivatePublicKey", { targetId: target.id, keyId: first });
    expect(await kidNow()).toBe(first);
    await tenant.must("DeactivatePublicKey", { targetId: target.id, keyId: first });
    expect(shortly(await tenant.call("ListTargets", {}))).toBe(noKey);
  });

  test("is always made for one of the keys while they are activated at once", async () => {
    const tenant = await newTenant(server);
    const hook = await openHook();
    const target = await tenant.target(hook.url, { payloadType: "PAYLOAD_TYPE_JWE" });
    const targetId = target.id;
    const keyIds: string[] = [];
    for (let key = 0; key < 4; key++) {
      const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      keyIds.push(
        await addKey(tenant, targetId, publicKey.export({ type: "spki", format: "pem" })),
      );
    }
    await tenant.bind(allResponses, target);
    const activate = async (keyId: string) => {
      const outcome = await tenant.call("ActivatePublicKey", { targetId, keyId });
      expect(shortly(outcome)).toBe("OK");
      const { publicKeys } = await tenant.must("ListPublicKeys", { targetId });
      expect((publicKeys as JsonObject[]).filter(({ active }) => active)).toHaveLength(1);
    };
    const turns = Array.from({ length: 5 }, () => keyIds).flat();
    await Promise.all(turns.map(activate));
    expect(hook.hits).toHaveLength(turns.length);
    const used = hook.hits.map(({ body }) => decodeProtectedHeader(body.toString()).kid);
    expect(keyIds).toEqual(expect.arrayContaining(used));
  });
});
