import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { pemProblem } from "../../../web/src/pages/public-keys/pem.ts";

const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const pem = publicKey.export({ type: "spki", format: "pem" }).toString();

test("a public key may be sent", () => {
  expect(pemProblem(`\n${pem}  `)).toBeUndefined();
});

test.each([
  ["nothing", " "],
  ["a private key", privateKey.export({ type: "pkcs8", format: "pem" }).toString()],
  ["a private key behind a public one", `${pem}-----BEGIN RSA PRIVATE KEY-----`],
  ["half a key", pem.slice(0, 60)],
  ["a certificate", pem.replaceAll("PUBLIC KEY", "CERTIFICATE")],
])("%s is not sent", (_what, text) => {
  expect(pemProblem(text)).toBeTypeOf("string");
});
