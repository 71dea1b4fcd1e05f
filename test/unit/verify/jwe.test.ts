/** Bodies that are JWEs, with private keys of two kinds. */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { CompactEncrypt } from "jose";
import { describe, expect, test } from "vitest";
import { type JweOptions, jweKeys, jwtKeys } from "../../../src/verify/verify.ts";
import { outcome } from "./support/calls.ts";
import {
  body,
  type Claims,
  foreignKey,
  instanceKey,
  issuer,
  jwt,
  keySet,
  pack,
  read,
  target,
} from "./support/tokens.ts";

interface Pair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

interface Encrypted extends Claims {
  readonly signingKey?: typeof instanceKey;
  readonly kid?: string;
}

const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pemOf = ({ privateKey }: Pair) =>
  privateKey.export({ type: "pkcs8", format: "pem" }) as string;
const keysOf = (privateKeys: JweOptions["privateKeys"]) =>
  jweKeys({ issuer, target, keySet, privateKeys });
const jwe = keysOf({ k1: pemOf(pair) });

const encryptFor = async (
  { publicKey }: Pair,
  { signingKey = instanceKey, kid = "k1", ...claims }: Encrypted = {},
) => {
  const pem = Buffer.from(publicKey.export({ type: "spki", format: "pem" }));
  const fingerprint = `SHA256:${pem.subarray(-40)}`;
  return pack({ kind: "jwe", signingKey, publicKey: { id: kid, pem, fingerprint } }, claims);
};
const encrypted = await encryptFor(pair);
const encryptText = (text: string, header: { alg?: string; enc?: string; zip?: string } = {}) =>
  new CompactEncrypt(Buffer.from(text))
    .setProtectedHeader({ alg: "ECDH-ES+A256KW", enc: "A256GCM", kid: "k1", ...header })
    .encrypt(pair.publicKey);

const parts = encrypted.toString().split(".");
const changed = [...parts.slice(0, 3), "AAAA", parts[4]].join(".");
describe("a JWE", () => {
  test.each<[string, JweOptions["privateKeys"]]>([
    ["as PEM", { k1: pemOf(pair) }],
    ["as KeyObject", { k1: pair.privateKey }],
    [
      "in a Map, beside others",
      new Map([...Object.entries({ k0: rsa.privateKey, k1: pemOf(pair) })]),
    ],
  ])("is read with private keys %s", async (_, privateKeys) => {
    const call = await read(encrypted, keysOf(privateKeys));
    expect(call).toMatchObject({ proof: "jwe", id: "msg_1" });
    expect(call.json()).toMatchObject({ fullMethod: "/a.B/C", aud: target });
  });

  test("for an RSA key is read", async () => {
    const both = keysOf({ k1: pair.privateKey, k2: rsa.privateKey });
    expect((await read(await encryptFor(rsa, { kid: "k2" }), both)).proof).toBe("jwe");
  });

  test.each<[string, string | Buffer | Promise<string | Buffer>, string]>([
    ["for a key that is not there", encryptFor(pair, { kid: "k2" }), "no-private-key"],
    [
      "for a key with the name of something else",
      encryptFor(pair, { kid: "toString" }),
      "no-private-key",
    ],
    [
      "for another key of that id",
      encryptFor(generateKeyPairSync("ec", { namedCurve: "P-256" })),
      "not-decryptable",
    ],
    ["for a key of another kind", encryptFor(rsa), "not-decryptable"],
    ["that was changed", changed, "not-decryptable"],
    ["around a JWT by a stranger", encryptFor(pair, { signingKey: foreignKey }), "unknown-key"],
    ["around a JWT for another target", encryptFor(pair, { target: "t2" }), "wrong-target aud"],
    [
      "around a JWT of another issuer",
      encryptFor(pair, { issuer: "https://a" }),
      "wrong-issuer iss",
    ],
    ["around what is no JWT", encryptText("{}"), "malformed-token"],
    ["with another key encryption", encryptText("{}", { alg: "ECDH-ES" }), "wrong-algorithm"],
    ["with another encryption", encryptText("{}", { enc: "A128GCM" }), "wrong-algorithm"],
    ["that is compressed", encryptText(body.toString(), { zip: "DEF" }), "malformed-token"],
    ["that is a JWT in the clear", body, "malformed-token"],
    ["that is JSON", "{}", "malformed-token"],
  ])("%s is refused", async (_, given, expected) => {
    expect(await outcome(read(await given, jwe))).toBe(expected);
  });

  test("is no JWT", async () => {
    expect(await outcome(read(encrypted, jwt))).toBe("malformed-token");
  });

  test.each<[string, () => unknown]>([
    ["no private keys", () => keysOf({})],
    ["a public key", () => keysOf({ k1: pair.publicKey })],
    ["no PEM", () => keysOf({ k1: "secret text" })],
    ["an issuer that is no URL", () => jwtKeys({ issuer: "acme", target })],
    ["no target", () => jwtKeys({ issuer, target: "" })],
  ])("or JWT cannot be expected with %s", (_, make) => {
    expect(make).toThrow(TypeError);
    expect(make).not.toThrow("secret text");
  });
});
