/** Public keys in PEM, good ones and odd ones. */
import { generateKeyPairSync, type KeyObject } from "node:crypto";

/** Any PEM block. */
export function pemOf(der: Uint8Array, label = "PUBLIC KEY"): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

export function derOf(key: KeyObject): Buffer {
  return key.export({ format: "der", type: "spki" });
}

/** A new key; generated ones of RSA take long, so tests share them. */
export function ecKey(namedCurve = "P-256"): KeyObject {
  return generateKeyPairSync("ec", { namedCurve }).publicKey;
}

/**
 * An RSA key with any numbers, which need not be a modulus and an exponent.
 *
 * @param modulus big-endian
 */
export function rsaSpki(
  modulus: Uint8Array,
  exponent: Uint8Array = Uint8Array.of(1, 0, 1),
): Buffer {
  const algorithm = Buffer.from("300d06092a864886f70d0101010500", "hex");
  const numbers = tlv(0x30, integer(modulus), integer(exponent));
  return tlv(0x30, algorithm, tlv(0x03, Uint8Array.of(0), numbers));
}

/** A key on P-256 whose point is none. */
export function ecSpki(point: Uint8Array): Buffer {
  const algorithm = Buffer.from("301306072a8648ce3d020106082a8648ce3d030107", "hex");
  return tlv(0x30, algorithm, tlv(0x03, Uint8Array.of(0), point));
}

/** A number of so many bits, all of them set. */
export function ones(bits: number): Buffer {
  const bytes = Buffer.alloc(Math.ceil(bits / 8), 0xff);
  bytes[0] = 0xff >> (bytes.length * 8 - bits);
  return bytes;
}

function integer(bytes: Uint8Array): Buffer {
  const negative = ((bytes[0] ?? 0) & 0x80) !== 0;
  return tlv(0x02, ...(negative ? [Uint8Array.of(0), bytes] : [bytes]));
}

/** ASN.1 DER: type, length, value. */
function tlv(type: number, ...values: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat(values);
  const size = Buffer.alloc(2);
  size.writeUInt16BE(value.length);
  const length = value.length < 128 ? [value.length] : [0x82, ...size];
  return Buffer.concat([Uint8Array.of(type, ...length), value]);
}
