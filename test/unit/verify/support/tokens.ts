/** An instance with its keys, and bodies of its calls to the target "t1". */
import type { JSONWebKeySet, JWK } from "jose";
import type { InstanceKeyPair } from "../../../../src/domain/instance-key.ts";
import { instanceId, micros, nanoseconds, targetId } from "../../../../src/domain/units.ts";
import { newInstanceKey } from "../../../../src/signing/new-instance-key.ts";
import { issuerOf, type Packing, packPayload } from "../../../../src/signing/payload.ts";
import { jwtKeys, type TokenKeys, verify } from "../../../../src/verify/verify.ts";
import { at, time } from "./calls.ts";

export const issuer = issuerOf("https://targetd.example.com", instanceId("acme"));
export const target = "t1";
/** The key that signs, and one of somebody else. */
export const [instanceKey, foreignKey] = await Promise.all([
  newInstanceKey("ES256"),
  newInstanceKey("ES256"),
]);

export const setOf = (...keys: InstanceKeyPair[]): JSONWebKeySet => ({
  keys: keys.map(({ publicJwk }) => publicJwk as unknown as JWK),
});
export const keySet = setOf(instanceKey);
export const jwt = jwtKeys({ issuer, target, keySet });

/** What a body says, if not the usual. */
export interface Claims {
  readonly issuer?: string;
  readonly target?: string;
}

/** A body as the server makes it. */
export async function pack(packing: Packing, claims: Claims = {}): Promise<Buffer> {
  const body = await packPayload(packing, {
    context: '{"fullMethod":"/a.B/C","n":12345678901234567890}',
    id: "msg_1",
    issuer,
    timeout: nanoseconds(10e9),
    now: micros(time * 1e6),
    ...claims,
    target: targetId(claims.target ?? target),
  });
  return Buffer.from(body);
}

/** The body of a JWT that is right. */
export const body = await pack({ kind: "jwt", signingKey: instanceKey });

export const read = (given: Uint8Array | string, keys: TokenKeys = jwt, now = at(time)) =>
  verify({}, given, keys, { now });
