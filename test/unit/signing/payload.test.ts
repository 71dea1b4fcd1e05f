import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import {
  calculateJwkThumbprint,
  compactDecrypt,
  createLocalJWKSet,
  decodeProtectedHeader,
  type JWK,
  jwtVerify,
} from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import type { InstanceKeyAlgorithm, InstanceKeyPair } from "../../../src/domain/instance-key.ts";
import { instanceId, micros, nanoseconds, targetId } from "../../../src/domain/units.ts";
import { newInstanceKey } from "../../../src/signing/new-instance-key.ts";
import {
  issuerOf,
  NoEncryptionKey,
  type Packing,
  type PayloadContent,
  packPayload,
} from "../../../src/signing/payload.ts";

const algorithms: readonly InstanceKeyAlgorithm[] = ["RS256", "ES256", "EdDSA"];
const keys = new Map<InstanceKeyAlgorithm, InstanceKeyPair>();
beforeAll(async () => {
  for (const algorithm of algorithms) keys.set(algorithm, await newInstanceKey(algorithm));
});

function keyFor(algorithm: InstanceKeyAlgorithm): InstanceKeyPair {
  const key = keys.get(algorithm);
  if (key === undefined) throw new Error("the keys are made before the tests");
  return key;
}

const now = micros(1_767_225_600_900_000);
const issuer = issuerOf("https://targetd.example.com", instanceId("acme"));
const context = { fullMethod: "/a.B/C", request: { name: "bücher 😀" } };
const content: PayloadContent = {
  context: JSON.stringify(context),
  id: "msg_1",
  issuer,
  target: targetId("t1"),
  timeout: nanoseconds(10_500_000_000),
  now,
};

const pack = async (packing: Packing, parts: Partial<PayloadContent> = {}) =>
  Buffer.from(await packPayload(packing, { ...content, ...parts })).toString();

const verified = (jwt: string | Uint8Array, algorithm: InstanceKeyAlgorithm) =>
  jwtVerify(jwt, createLocalJWKSet({ keys: [keyFor(algorithm).publicJwk as unknown as JWK] }), {
    issuer,
    audience: "t1",
    typ: "JWT",
    algorithms: [algorithm],
    currentDate: new Date(now / 1000),
  });

describe.each(algorithms)("a JWT with %s", (algorithm) => {
  test("is the context with the claims of the contract", async () => {
    const jwt = await pack({ kind: "jwt", signingKey: keyFor(algorithm) });
    const { payload, protectedHeader } = await verified(jwt, algorithm);
    expect(protectedHeader).toEqual({ typ: "JWT", alg: algorithm, kid: keyFor(algorithm).id });
    expect(payload).toEqual({
      ...context,
      iss: "https://targetd.example.com/instances/acme",
      iat: 1_767_225_600,
      exp: 1_767_225_600 + 11 + 60,
      jti: "msg_1",
      aud: "t1",
    });
  });

  test("is signed by a key whose kid is its thumbprint, without a private member", async () => {
    const { id, publicJwk, privateKey } = keyFor(algorithm);
    expect(publicJwk).toMatchObject({ kid: id, alg: algorithm, use: "sig" });
    expect(await calculateJwkThumbprint(publicJwk as unknown as JWK)).toBe(id);
    const own = createPublicKey(privateKey).export({ format: "jwk" });
    expect(publicJwk).toEqual({ ...own, kid: id, alg: algorithm, use: "sig" });
    expect(publicJwk).not.toHaveProperty("d");
  });
});

describe("the context of a JWT", () => {
  const jwtOf = (context: string) =>
    pack({ kind: "jwt", signingKey: keyFor("EdDSA") }, { context });
  const textOf = async (context: string) =>
    Buffer.from((await jwtOf(context)).split(".")[1] ?? "", "base64url").toString();

  test("keeps the text that it came as", async () => {
    const text = ' {"number":12345678901234567890,"text":"\\u00e4"}\n';
    expect(await textOf(text)).toMatch(/^\{"number":12345678901234567890,"text":"\\u00e4","iss":/);
  });

  test.each(["{}", " { } "])("may be empty: %j", async (text) => {
    expect(Object.keys(JSON.parse(await textOf(text)))).toEqual([
      ...["iss", "iat", "exp", "jti", "aud"],
    ]);
  });

  test.each(["iss", "iat", "nbf", "exp", "jti", "aud"])("must not hold %s", async (name) => {
    await expect(jwtOf(`{"a":1,"${name}":1}`)).rejects.toThrow(TypeError);
    await expect(
      jwtOf(`{"a":{},"\\u00${name.charCodeAt(0).toString(16)}${name.slice(1)}":1}`),
    ).rejects.toThrow(TypeError);
    const inner = { a: { [name]: 1 } };
    expect(JSON.parse(await textOf(JSON.stringify(inner)))).toMatchObject(inner);
  });
});

describe.each([
  ["RSA-2048", "RSA-OAEP-256", () => generateKeyPairSync("rsa", { modulusLength: 2048 })],
  ["P-256", "ECDH-ES+A256KW", () => generateKeyPairSync("ec", { namedCurve: "P-256" })],
  ["P-384", "ECDH-ES+A256KW", () => generateKeyPairSync("ec", { namedCurve: "P-384" })],
  ["P-521", "ECDH-ES+A256KW", () => generateKeyPairSync("ec", { namedCurve: "P-521" })],
] as const)("a JWE for %s", (name, alg, makePair) => {
  const { publicKey, privateKey } = makePair() as Record<"publicKey" | "privateKey", KeyObject>;
  const pem = Buffer.from(publicKey.export({ type: "spki", format: "pem" }));
  const encryptionKey = { id: `key of ${name}`, pem, fingerprint: `SHA256:${name}` };

  test.each(algorithms)("holds the JWT with %s", async (algorithm) => {
    const signingKey = keyFor(algorithm);
    const jwe = await pack({ kind: "jwe", signingKey, publicKey: encryptionKey });
    expect(decodeProtectedHeader(jwe)).toMatchObject({
      typ: "JWT",
      cty: "JWT",
      alg,
      enc: "A256GCM",
      kid: `key of ${name}`,
    });
    const { plaintext } = await compactDecrypt(jwe, privateKey);
    const { payload } = await verified(plaintext, algorithm);
    expect(payload).toMatchObject(context);
  });
});

describe("a JWE", () => {
  test("without an active key is an error of its own", async () => {
    const packing: Packing = { kind: "jwe", signingKey: keyFor("EdDSA"), publicKey: undefined };
    await expect(pack(packing)).rejects.toThrow(NoEncryptionKey);
  });

  test("for a key with text around its PEM works", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = `comment\n${publicKey.export({ type: "spki", format: "pem" })}\n`;
    const jwe = await pack({
      kind: "jwe",
      signingKey: keyFor("EdDSA"),
      publicKey: { id: "k", pem: Buffer.from(pem), fingerprint: "SHA256:with a comment" },
    });
    expect((await compactDecrypt(jwe, privateKey)).plaintext.length).toBeGreaterThan(0);
  });
});
