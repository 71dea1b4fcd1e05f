/** X.509 certificates for tests (RFC 5280), written in DER by hand: Node reads but makes none. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** A certificate with its key, both PEM. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

/** One that signs others. */
export interface TestAuthority extends TestCertificate {
  /**
   * Makes a certificate for the names "localhost" and 127.0.0.1.
   *
   * @param endsAt milliseconds since 1970; default: in 30 days
   */
  issue(commonName: string, endsAt?: number): TestCertificate;
}

const day = 86_400_000;

/** Makes an authority that is valid now. */
export function newAuthority(commonName = "test authority"): TestAuthority {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = distinguishedName(commonName);
  const self = { subject: name, publicKey: keys.publicKey, issuer: name, signer: keys.privateKey };
  return {
    cert: certificate({ ...self, extensions: [basicConstraints] }),
    key: pemKey(keys.privateKey),
    issue(subject, endsAt) {
      const own = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const request = { ...self, subject: distinguishedName(subject), publicKey: own.publicKey };
      return {
        cert: certificate({ ...request, extensions: [alternativeNames], endsAt }),
        key: pemKey(own.privateKey),
      };
    },
  };
}

interface Contents {
  readonly subject: Buffer;
  readonly issuer: Buffer;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly extensions: readonly Buffer[];
  readonly endsAt?: number | undefined;
}

function certificate(contents: Contents): string {
  const { subject, issuer, publicKey, signer, extensions } = contents;
  const { endsAt = Date.now() + 30 * day } = contents;
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ecdsaWithSha256,
    issuer,
    sequence(utcTime(endsAt - 31 * day), utcTime(endsAt)),
    subject,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = Buffer.concat([Buffer.from([0]), sign("sha256", body, signer)]);
  const bytes = sequence(body, ecdsaWithSha256, der(0x03, signature)).toString("base64");
  const lines = bytes.match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

function pemKey(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

/** Tag, length, contents (X.690 section 8.1). */
function der(tag: number, contents: Buffer): Buffer {
  const { length } = contents;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), contents]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

/** @param hex the encoded object identifier */
function identifier(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, "hex"));
}

function utcTime(time: number): Buffer {
  const digits = new Date(time).toISOString().replace(/\D/g, "").slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`));
}

/** O=targetd tests, CN=the name. */
function distinguishedName(commonName: string): Buffer {
  const part = (type: string, value: string) =>
    der(0x31, sequence(identifier(type), der(0x0c, Buffer.from(value))));
  return sequence(part("55040a", "targetd tests"), part("550403", commonName));
}

const ecdsaWithSha256 = sequence(identifier("2a8648ce3d040302"));
const basicConstraints = sequence(
  identifier("551d13"),
  der(0x01, Buffer.from([0xff])),
  der(0x04, sequence(der(0x01, Buffer.from([0xff])))),
);
const alternativeNames = sequence(
  identifier("551d11"),
  der(0x04, sequence(der(0x82, Buffer.from("localhost")), der(0x87, Buffer.from([127, 0, 0, 1])))),
);
