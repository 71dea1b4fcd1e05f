/** Signed calls to verify, and what becomes of them. */
import { signatureHeaders } from "../../../../src/signing/signature-headers.ts";
import { VerificationError } from "../../../../src/verify/verify.ts";

/** Seconds since 1970. */
export const time = 1_767_225_600;

export const at = (seconds: number) => new Date(seconds * 1000);

/** Signs as the server does. */
export function sign(
  body: string | Uint8Array,
  keys: readonly string[],
  { id = "msg_1", timestamp = time } = {},
): Record<string, string> {
  const bytes = Buffer.from(body);
  const secrets = keys.map((secret) => ({ secret }));
  return { ...signatureHeaders({ keys: secrets, id, timestamp, body: bytes }) };
}

/** The code of the refusal, and the header or claim it is about; "verified" when there is none. */
export function outcome(verified: Promise<unknown>): Promise<string> {
  return verified.then(
    () => "verified",
    (thrown: unknown) => {
      if (thrown instanceof VerificationError) {
        return [thrown.code, thrown.field ?? []].flat().join(" ");
      }
      if (thrown instanceof TypeError) return "TypeError";
      throw thrown;
    },
  );
}
