/** The two kinds of headers that sign a call (docs/signing.md). */
import { type ReadHeader, requireHeader } from "./headers.ts";
import { checkTime, parseTime, type Rules } from "./options.ts";
import { checkSignatures, type SigningKey } from "./signing-keys.ts";
import { VerificationError } from "./verification-error.ts";
import { type VerifiedCall, verifiedCall } from "./verified-call.ts";

/**
 * Verifies by the headers that the rules, or else the call and the keys, decide.
 *
 * @throws TypeError when no key is for the headers of the rules
 * @throws VerificationError
 */
export function verifyHeaders(
  read: ReadHeader,
  body: Uint8Array,
  keys: readonly SigningKey[],
  rules: Rules,
): VerifiedCall {
  const decoded = keys.flatMap((key) => key.decoded ?? []);
  const { scheme = preferred(read, decoded) } = rules;
  if (scheme === "zitadel") {
    const texts = keys.map(({ text }) => text);
    return zitadelSignature(read, body, texts, rules);
  }
  if (decoded.length === 0) {
    throw new TypeError("Standard Webhooks need a signing key that begins with whsec_");
  }
  return standardWebhooks(read, body, decoded, rules);
}

/** Standard Webhooks sign the id as well; calls of ZITADEL itself, and its keys, are not for them. */
function preferred(read: ReadHeader, decoded: readonly unknown[]): NonNullable<Rules["scheme"]> {
  const possible = decoded.length > 0 && read(signatureHeader) !== undefined;
  return possible ? "standard-webhooks" : "zitadel";
}

const idHeader = "webhook-id";
const timeHeader = "webhook-timestamp";
const signatureHeader = "webhook-signature";

/** https://www.standardwebhooks.com: `v1,<base64>` over id, time and body, separated by blanks. */
function standardWebhooks(
  read: ReadHeader,
  body: Uint8Array,
  keys: readonly Uint8Array[],
  rules: Rules,
): VerifiedCall {
  const id = requireHeader(read, idHeader);
  const timestamp = requireHeader(read, timeHeader);
  const time = parseTime(timestamp, timeHeader);
  const parts = requireHeader(read, signatureHeader).split(" ");
  const signatures = parts.flatMap((part) => {
    const [version, encoded, ...rest] = part.split(",");
    // Where servers join repeated headers, they do so with a comma too many for one header.
    if (encoded === undefined || rest.length > 0) {
      throw new VerificationError("malformed-header", signatureHeader);
    }
    return version === "v1" ? [Buffer.from(encoded, "base64")] : [];
  });
  checkTime(time, rules, timeHeader);
  checkSignatures(keys, signatures, `${id}.${timestamp}.`, body, signatureHeader);
  return verifiedCall("standard-webhooks", id, time, body);
}

/** ZITADEL sends the first in newer versions, the second in all; targetd both, with the same value. */
const zitadelHeaders = ["zitadel-signature", "x-zitadel-signature"] as const;

/** `t=<seconds>,v1=<hex>[,v1=<hex>...]` over time and body. */
function zitadelSignature(
  read: ReadHeader,
  body: Uint8Array,
  keys: readonly Uint8Array[],
  rules: Rules,
): VerifiedCall {
  const name = zitadelHeaders.find((each) => read(each) !== undefined) ?? zitadelHeaders[0];
  const parts = requireHeader(read, name)
    .split(",")
    .map((part) => part.split("="));
  // Where servers join repeated headers, they do so with a comma and a blank: two times then.
  const times = parts.filter(([scheme]) => scheme?.trim() === "t");
  const [[, timestamp = ""] = []] = times;
  const signatures = parts
    .filter(([scheme]) => scheme === "v1")
    .map(([, hex = ""]) => Buffer.from(hex, "hex"));
  if (times.length !== 1 || signatures.length === 0) {
    throw new VerificationError("malformed-header", name);
  }
  const time = parseTime(timestamp, name);
  checkTime(time, rules, name);
  checkSignatures(keys, signatures, `${timestamp}.`, body, name);
  // The id of the message is not signed here, so whoever repeats a call could change it.
  return verifiedCall("zitadel", undefined, time, body);
}
