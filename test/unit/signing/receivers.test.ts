/** Receivers of JWT and JWE payloads: jose with nothing but the address of the key set. */
import { generateKeyPairSync } from "node:crypto";
import { createRemoteJWKSet, errors, jwtVerify } from "jose";
import { describe, expect, test } from "vitest";
import { jweReader, jwtReader } from "../../../examples/verify.ts";
import { revoke, rotate } from "../../../src/domain/instance-key.ts";
import { defaultInstance, nanoseconds, targetId } from "../../../src/domain/units.ts";
import { issuerOf, type Packing, packPayload } from "../../../src/signing/payload.ts";
import { changeKeys, type KeyServer, openKeyServer } from "./support/key-server.ts";

/** The body of a call as the sender makes it now. */
async function send(
  { url, keys, clock }: KeyServer,
  kind: "jwt" | "jwe" = "jwt",
  publicKey?: Extract<Packing, { kind: "jwe" }>["publicKey"],
): Promise<string> {
  const signingKey = await keys.signing(defaultInstance);
  const body = await packPayload(
    { kind, signingKey, publicKey },
    {
      context: '{"fullMethod":"/a.B/C"}',
      id: "msg_1",
      issuer: issuerOf(url, defaultInstance),
      target: targetId("t1"),
      timeout: nanoseconds(10e9),
      now: clock.now(),
    },
  );
  return Buffer.from(body).toString();
}

/** Verifies a body with the keys that are published now; without a cache, as the clock is moved. */
async function receive({ url, clock }: KeyServer, jwt: string | Uint8Array): Promise<unknown> {
  const issuer = `${url}/instances/default`;
  const keySet = createRemoteJWKSet(new URL(`${issuer}/keys`));
  const currentDate = new Date(clock.now() / 1000);
  const rules = { issuer, audience: "t1", typ: "JWT", currentDate };
  const { payload } = await jwtVerify(jwt, keySet, rules).catch((thrown: unknown) => {
    if (thrown instanceof errors.JWKSNoMatchingKey) return { payload: "unknown key" };
    throw thrown;
  });
  return payload;
}

/** Tells whether the key of a body that may be old is published. */
async function knows(server: KeyServer, jwt: string): Promise<boolean> {
  return receive(server, jwt).then(
    (payload) => payload !== "unknown key",
    (thrown: unknown) => {
      if (thrown instanceof errors.JWTExpired) return true;
      throw thrown;
    },
  );
}

test("the first payload of an instance is accepted", async () => {
  const server = await openKeyServer();
  expect(await receive(server, await send(server))).toMatchObject({ fullMethod: "/a.B/C" });
});

test("a receiver that fetched the keys before the first payload accepts it", async () => {
  const server = await openKeyServer();
  const keySet = createRemoteJWKSet(new URL(`${server.url}/oauth/v2/keys`), {
    cooldownDuration: Number.POSITIVE_INFINITY,
    cacheMaxAge: Number.POSITIVE_INFINITY,
  });
  await keySet.reload();
  const { payload } = await jwtVerify(await send(server), keySet);
  expect(payload.jti).toBe("msg_1");
});

test.each(["RS256", "ES256", "EdDSA"] as const)("%s payloads are accepted", async (algorithm) => {
  const server = await openKeyServer();
  await changeKeys(server, rotate, algorithm);
  expect(await receive(server, await send(server))).toMatchObject({ jti: "msg_1" });
});

test("through a rotation every payload is accepted, and the keys stay for a day", async () => {
  const server = await openKeyServer();
  const old = await send(server);
  await changeKeys(server, rotate);
  const early = createRemoteJWKSet(new URL(`${server.url}/oauth/v2/keys`), {
    cacheMaxAge: Number.POSITIVE_INFINITY,
    cooldownDuration: Number.POSITIVE_INFINITY,
  });
  await early.reload();
  server.clock.pass(599);
  const kidOf = async () => JSON.parse(atob((await send(server)).split(".")[0] ?? "")).kid;
  const before = await kidOf();
  server.clock.pass(1);
  expect(await kidOf()).not.toBe(before);
  const fresh = await send(server);
  const currentDate = new Date(server.clock.now() / 1000);
  expect((await jwtVerify(fresh, early, { currentDate })).payload.jti).toBe("msg_1");
  server.clock.pass(24 * 3600 - 1);
  expect([await knows(server, old), await knows(server, fresh)]).toEqual([true, true]);
  server.clock.pass(1);
  expect([await knows(server, old), await knows(server, fresh)]).toEqual([false, true]);
});

test("a revoked key verifies nothing from then on, and the new one everything", async () => {
  const server = await openKeyServer();
  const leaked = await send(server);
  const { id } = await server.keys.signing(defaultInstance);
  await changeKeys(server, (keys, pair, now) => revoke(keys, id, pair, now));
  expect(await receive(server, leaked)).toBe("unknown key");
  expect(await receive(server, await send(server))).toMatchObject({ jti: "msg_1" });
});

describe("the receivers of examples/verify.ts", () => {
  const expected = ({ url }: KeyServer) => ({ issuer: `${url}/instances/default`, target: "t1" });

  test("read a JWT, and none for another target", async () => {
    const server = await openKeyServer();
    const readJwt = jwtReader(expected(server));
    const readForeign = jwtReader({ ...expected(server), target: "t2" });
    const jwt = await send(server);
    expect(await readJwt(jwt)).toMatchObject({ jti: "msg_1", fullMethod: "/a.B/C" });
    await expect(readForeign(jwt)).rejects.toThrow(errors.JWTClaimValidationFailed);
  });

  test.each([
    ["RSA", () => generateKeyPairSync("rsa", { modulusLength: 2048 })],
    ["P-256", () => generateKeyPairSync("ec", { namedCurve: "P-256" })],
    ["P-384", () => generateKeyPairSync("ec", { namedCurve: "P-384" })],
    ["P-521", () => generateKeyPairSync("ec", { namedCurve: "P-521" })],
  ])("read a JWE for a key of type %s", async (name, makePair) => {
    const server = await openKeyServer();
    const { publicKey, privateKey } = makePair();
    const pem = Buffer.from(publicKey.export({ type: "spki", format: "pem" }));
    const jwe = await send(server, "jwe", { id: "pk1", pem, fingerprint: `receiver ${name}` });
    const readJwe = jweReader(expected(server), new Map([["pk1", privateKey]]));
    expect(await readJwe(jwe)).toMatchObject({ jti: "msg_1", fullMethod: "/a.B/C" });
  });
});
