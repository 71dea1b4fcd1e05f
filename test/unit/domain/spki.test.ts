import { createHash, createPublicKey, generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readSpki } from "../../../src/domain/spki.ts";
import { newAuthority } from "../../support/certificate.ts";
import { derOf, ecKey, ecSpki, ones, pemOf, rsaSpki } from "../../support/spki.ts";

const read = (pem: string) => readSpki(Buffer.from(pem));
const ec = pemOf(derOf(ecKey()));
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });

describe("takes", () => {
  test.each([
    ["RSA of 2048 bits", pemOf(derOf(rsa.publicKey))],
    ["RSA of 2048 bits with the exponent 3", pemOf(rsaSpki(modulusOf(), Uint8Array.of(3)))],
    ["RSA of 16384 bits", pemOf(rsaSpki(ones(16384)))],
    ["P-256", ec],
    ["P-384", pemOf(derOf(ecKey("P-384")))],
    ["P-521", pemOf(derOf(ecKey("P-521")))],
    ["white space around it", `\n\t ${ec} \r\n`],
    ["line ends of Windows", ec.replaceAll("\n", "\r\n")],
  ])("%s", (_, pem) => {
    expect(read(pem).problem).toBeUndefined();
  });

  test("and fingerprints what OpenSSL calls the key, in unpadded standard base64", () => {
    const der = derOf(createPublicKey(ec));
    const digest = createHash("sha256").update(der).digest("base64").replace("=", "");
    expect(read(ec).fingerprint).toBe(`SHA256:${digest}`);
    expect(read(ec.replaceAll("\n", "\r\n")).fingerprint).toBe(`SHA256:${digest}`);
  });
});

function modulusOf(): Buffer {
  return Buffer.from(rsa.publicKey.export({ format: "jwk" }).n ?? "", "base64url");
}

const pss = generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).publicKey;
const evenModulus = Buffer.concat([modulusOf().subarray(0, 255), Uint8Array.of(0)]);

describe("refuses", () => {
  test.each([
    ["RSA of 2047 bits", pemOf(rsaSpki(ones(2047))), /2047 bits/],
    ["RSA of 1024 bits", pemOf(rsaSpki(ones(1024))), /1024 bits/],
    ["RSA that OpenSSL does not use", pemOf(rsaSpki(ones(16385))), /16385 bits/],
    [
      "an exponent that encrypts nothing",
      pemOf(rsaSpki(modulusOf(), Uint8Array.of(1))),
      /exponent/,
    ],
    ["an exponent above the modulus", pemOf(rsaSpki(modulusOf(), ones(2049))), /used/],
    ["an even modulus", pemOf(rsaSpki(evenModulus)), /used/],
    ["RSA that only signs", pemOf(derOf(pss)), /rsa-pss/],
    ["secp256k1", pemOf(derOf(ecKey("secp256k1"))), /secp256k1/],
    ["P-224", pemOf(derOf(ecKey("secp224r1"))), /secp224r1/],
    ["a point at infinity", pemOf(ecSpki(Uint8Array.of(0))), /used/],
    ["a point off the curve", pemOf(ecSpki(Buffer.alloc(65, 4))), /used/],
    ["Ed25519", pemOf(derOf(generateKeyPairSync("ed25519").publicKey)), /ed25519/],
    ["X25519", pemOf(derOf(generateKeyPairSync("x25519").publicKey)), /x25519/],
    ["a certificate", newAuthority().cert, /not a CERTIFICATE/],
    [
      "a public key of PKCS #1",
      rsa.publicKey.export({ format: "pem", type: "pkcs1" }),
      /RSA PUBLIC/,
    ],
    ["two keys", ec + ec, /one PEM block/],
    ["text behind the key", `${ec}more`, /one PEM block/],
    ["text before the key", `Key: 1\n${ec}`, /begins/],
    ["headers inside the key", ec.replace("\n", "\nProc-Type: 4\n\n"), /one PEM block/],
    ["DER", derOf(ecKey()).toString("latin1"), /begins/],
    ["base64 alone", derOf(ecKey()).toString("base64"), /begins/],
    ["an empty block", pemOf(Buffer.alloc(0)), /one PEM block|used/],
    ["a block of noise", pemOf(Buffer.alloc(100, 7)), /used/],
    ["a key that is cut", pemOf(derOf(ecKey()).subarray(0, 60)), /used/],
    ["white space", " \n", /begins/],
  ])("%s", (_, pem, problem) => {
    expect(read(String(pem)).problem).toMatch(problem);
  });

  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  test.each([
    ["PKCS #8", privateKey.export({ format: "pem", type: "pkcs8" })],
    ["SEC 1", privateKey.export({ format: "pem", type: "sec1" })],
    ["PKCS #1", rsa.privateKey.export({ format: "pem", type: "pkcs1" })],
    ["PKCS #8 encrypted", encrypted(privateKey)],
    ["a private key behind a public one", ec + privateKey.export({ format: "pem", type: "pkcs8" })],
  ])("a private key as %s, and does not repeat it", (_, pem) => {
    const { problem } = read(String(pem));
    expect(problem).toMatch(/private key/);
    expect(problem).not.toMatch(/[A-Za-z0-9+/]{30}/);
  });
});

function encrypted(key: typeof rsa.privateKey) {
  return key.export({ format: "pem", type: "pkcs8", cipher: "aes-256-cbc", passphrase: "hush" });
}

test("never throws, whatever it is given", () => {
  const der = derOf(ecKey());
  const flipped = fc
    .tuple(fc.nat(der.length - 1), fc.nat(255))
    .map(([at, byte]) => pemOf(der.with(at, byte)));
  const noise = fc.uint8Array({ maxLength: 300 });
  const text = fc.oneof(
    flipped,
    noise.map((bytes) => pemOf(bytes)),
    fc.string(),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        noise,
        text.map((pem) => Buffer.from(pem)),
      ),
      (bytes) => {
        const { problem, fingerprint } = readSpki(bytes);
        expect(problem === undefined).toBe(fingerprint !== undefined);
      },
    ),
  );
});

test("looks through the longest key that is allowed at once", () => {
  const begins = "-----BEGIN PUBLIC KEY-----\n".padEnd(8192, "-----BEGIN A A");
  expect(read(begins).problem).toMatch(/one PEM block/);
  expect(read("-".repeat(8192)).problem).toMatch(/begins/);
});
