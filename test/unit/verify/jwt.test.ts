/** Bodies that are JWTs, with keys that are given and with those of a key set that is fetched. */
import { createPrivateKey } from "node:crypto";
import { inspect } from "node:util";
import { CompactSign, SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import type { InstanceKeyPair } from "../../../src/domain/instance-key.ts";
import { newInstanceKey } from "../../../src/signing/new-instance-key.ts";
import { jwtKeys, VerificationError, verify } from "../../../src/verify/verify.ts";
import { unusedPort } from "../../support/closed-port.ts";
import { openHook, replying } from "../../support/hook.ts";
import { openPort } from "../../support/port.ts";
import { at, outcome, time } from "./support/calls.ts";
import {
  body,
  foreignKey,
  instanceKey,
  issuer,
  jwt,
  pack,
  read,
  setOf,
  target,
} from "./support/tokens.ts";

/** Signs any claims as the instance would, or with the key of somebody else. */
const signClaims = (claims: Record<string, unknown>, header = {}, key = instanceKey) =>
  new SignJWT({ iss: issuer, aud: target, jti: "msg_1", iat: time, exp: time + 70, ...claims })
    .setProtectedHeader({ alg: "ES256", typ: "JWT", kid: instanceKey.id, ...header })
    .sign(createPrivateKey(key.privateKey));

describe("a JWT", () => {
  test("is verified, with its text as it was signed", async () => {
    const call = await read(body);
    expect(call).toMatchObject({ proof: "jwt", id: "msg_1", signedAt: at(time) });
    expect(call.json()).toMatchObject({ fullMethod: "/a.B/C", iss: issuer, aud: target });
    expect(call.text).toContain('"n":12345678901234567890,');
    expect(await outcome(read(body.toString()))).toBe("verified");
  });

  test.each(["RS256", "EdDSA"] as const)("is verified with %s", async (algorithm) => {
    const signingKey = await newInstanceKey(algorithm);
    const keys = jwtKeys({ issuer, target, keySet: setOf(instanceKey, signingKey) });
    expect((await read(await pack({ kind: "jwt", signingKey }), keys)).id).toBe("msg_1");
  });

  test.each([
    [300, "verified"],
    [-300, "verified"],
    [301, "too-old iat"],
    [-301, "too-new iat"],
    [10_000, "too-old exp"],
  ])("that is %d s old is %s", async (age, expected) => {
    expect(await outcome(read(body, jwt, at(time + age)))).toBe(expected);
  });

  test("is held to a tolerance below its lifetime too", async () => {
    const verified = verify({}, body, jwt, { now: at(time + 11), tolerance: 10.5 });
    expect(await outcome(verified)).toBe("too-old iat");
  });

  const [head = "", claims = "", signature = ""] = body.toString().split(".");
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  test.each<[string, string | Promise<string | Buffer>, string]>([
    ["of another issuer", signClaims({ iss: `${issuer}2` }), "wrong-issuer iss"],
    ["for another target", signClaims({ aud: "t2" }), "wrong-target aud"],
    ["that expired", signClaims({ exp: time - 301 }), "too-old exp"],
    ["that is not valid yet", signClaims({ nbf: time + 301 }), "too-new nbf"],
    ["without a time", signClaims({ iat: undefined }), "malformed-token iat"],
    ["with a time that is none", signClaims({ iat: "now" }), "malformed-token iat"],
    ["without an end", signClaims({ exp: undefined }), "malformed-token exp"],
    ["without an id", signClaims({ jti: undefined }), "malformed-token jti"],
    ["with an id that is no text", signClaims({ jti: 1 }), "malformed-token jti"],
    ["of another type", signClaims({}, { typ: "at+jwt" }), "malformed-token typ"],
    [
      "by a key that is not in the set",
      pack({ kind: "jwt", signingKey: foreignKey }),
      "unknown-key",
    ],
    ["by another key than it says", signClaims({}, {}, foreignKey), "wrong-signature"],
    ["that was changed", `${head}.${encode({ iss: issuer })}.${signature}`, "wrong-signature"],
    ["whose signature was changed", `${head}.${claims}.AAAA`, "wrong-signature"],
    ["with alg none", `${encode({ alg: "none", typ: "JWT" })}.${claims}.`, "wrong-algorithm"],
    ["with a shared secret", `${encode({ alg: "HS256" })}.${claims}.AAAA`, "wrong-algorithm"],
    ["that is JSON", '{"fullMethod":"/a.B/C"}', "malformed-token"],
    ["that is nothing", "", "malformed-token"],
    ["whose content is no JSON", signText("no JSON"), "malformed-token"],
  ])("%s is refused", async (_, given, expected) => {
    expect(await outcome(read(await given))).toBe(expected);
  });
});

function signText(text: string) {
  return new CompactSign(Buffer.from(text))
    .setProtectedHeader({ alg: "ES256", typ: "JWT", kid: instanceKey.id })
    .sign(createPrivateKey(instanceKey.privateKey));
}

test("the error about a JWT holds nothing of it, whatever logs it", async () => {
  for (const claims of [{ iss: "other" }, { exp: 1 }, { jti: 1 }]) {
    const given = await signClaims({ ...claims, request: "the secret" });
    const thrown = await read(given).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(VerificationError);
    expect(inspect(thrown, { depth: 9, showHidden: true })).not.toContain("the secret");
  }
});

describe("the key set", () => {
  test("is fetched from the issuer once, however many calls there are", async () => {
    let fetched = 0;
    const { url } = await openPort((_, response) => {
      fetched += 1;
      response.end(JSON.stringify(setOf(instanceKey)));
    });
    const own = `${url}/instances/acme`;
    const fetching = jwtKeys({ issuer: own, target });
    const send = async (signingKey: InstanceKeyPair) =>
      read(await pack({ kind: "jwt", signingKey }, { issuer: own }), fetching);
    for (let call = 0; call < 3; call++) expect((await send(instanceKey)).id).toBe("msg_1");
    expect(fetched).toBe(1);
    // Within 30 s unknown keys lead to no further request, else strangers could cause as many as they like.
    expect(await outcome(send(foreignKey))).toBe("unknown-key");
    expect(fetched).toBe(1);
  });

  test.each([
    ["cannot be reached", async () => `http://127.0.0.1:${await unusedPort()}/keys`],
    ["is an error", () => answering(500, "")],
    ["is no JSON", () => answering(200, "<html>")],
    ["is no key set", () => answering(200, "{}")],
    ["is elsewhere", () => answering(302, "")],
  ])("that %s is told apart from a bad call", async (_, address) => {
    const keys = jwtKeys({ issuer, target, keySet: new URL(await address()) });
    const thrown = await read(body, keys).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: "key-set-unavailable", statusCode: 503 });
  });
});

/** The address of a server that always answers so. */
async function answering(status: number, text: string): Promise<string> {
  const hook = await openHook(replying({ status, body: text }));
  return hook.url;
}
