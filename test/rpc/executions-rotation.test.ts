/** Rotation of a target's signing key, as receivers of real calls live through it. */
import { createHmac } from "node:crypto";
import type { JsonObject } from "@bufbuild/protobuf";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { verifyZitadelSignature } from "../../examples/verify.ts";
import { type Hit, openHook } from "../support/hook.ts";
import { comes } from "./support/iam.ts";
import { shortly } from "./support/play.ts";
import { useServer } from "./support/server.ts";
import { allRequests, newTenant } from "./support/tenant.ts";

const server = useServer({}, { dev: true });

/** A target that is called, and the receivers that hold one key each. */
async function openPlay() {
  const tenant = await newTenant(server);
  const hook = await openHook();
  const target = await tenant.target(hook.url);
  await tenant.bind(allRequests, target);
  return {
    ...{ tenant, target },
    /** Makes a call and tells which of the keys verify it, by every recipe alike. */
    async accepted(...keys: readonly string[]) {
      expect(shortly(await tenant.call("ListTargets", {}))).toBe("OK");
      const hit = hook.last();
      const [zitadel, standard, first] = [byZitadel, byStandard, byFirst].map((verifies) =>
        keys.map((key) => verifies(hit, key)),
      );
      expect(standard).toEqual(zitadel);
      return { all: zitadel, first };
    },
    async rotate(grace: string, more: JsonObject = {}) {
      const request = { id: target.id, expirationSigningKey: grace, ...more };
      const { signingKey } = await tenant.must("UpdateTarget", request);
      return String(signingKey);
    },
  };
}

function byZitadel({ headers, body }: Hit, key: string): boolean {
  const now = server.clock.now() / 1e6;
  return verifyZitadelSignature(body, String(headers["zitadel-signature"]), key, now);
}

/** The package reads the real clock, so the time of the call is checked by the other recipe. */
function byStandard({ headers, body }: Hit, key: string): boolean {
  const [id, time] = [headers["webhook-id"], headers["webhook-timestamp"]];
  const at = new Date(Number(time) * 1000);
  const expected = new Webhook(key).sign(String(id), at, body.toString());
  return String(headers["webhook-signature"]).split(" ").includes(expected);
}

/** A receiver that reads only the first v1. */
function byFirst({ headers, body }: Hit, key: string): boolean {
  const parts = String(headers["zitadel-signature"]).split(",");
  const time = parts[0]?.slice("t=".length);
  const hex = createHmac("sha256", key).update(`${time}.`).update(body).digest("hex");
  return parts[1] === `v1=${hex}`;
}

test("in a grace period of an hour both keys verify, the old one first; then only the new", async () => {
  const { accepted, rotate, target } = await openPlay();
  const old = target.signingKey;
  const fresh = await rotate("3600s");
  expect(await accepted(old, fresh)).toEqual({ all: [true, true], first: [true, false] });
  server.clock.pass(3590);
  expect(await accepted(old, fresh)).toEqual({ all: [true, true], first: [true, false] });
  server.clock.pass(11);
  expect(await accepted(old, fresh)).toEqual({ all: [false, true], first: [false, true] });
});

test("with a grace period of 0s the old key never verifies again, from the next call on", async () => {
  const { accepted, rotate, target } = await openPlay();
  const keys = [target.signingKey];
  for (const _ of [1, 2, 3]) {
    keys.push(await rotate("0s"));
    const all = keys.map((key) => key === keys.at(-1));
    expect(await accepted(...keys)).toEqual({ all, first: all });
  }
  keys.push(await rotate("3600s"));
  expect((await accepted(...keys)).all).toEqual([false, false, false, true, true]);
  keys.push(await rotate("0s"));
  expect((await accepted(...keys)).all).toEqual([false, false, false, false, false, true]);
});

test("several old keys sign, each to its own end", async () => {
  const { accepted, rotate, target } = await openPlay();
  const keys = [target.signingKey, await rotate("7200s"), await rotate("3600s")];
  expect(await accepted(...keys)).toEqual({ all: [true, true, true], first: [true, false, false] });
  server.clock.pass(3601);
  expect(await accepted(...keys)).toEqual({
    all: [true, false, true],
    first: [true, false, false],
  });
  server.clock.pass(3600);
  expect((await accepted(...keys)).all).toEqual([false, false, true]);
});

describe("RevokeSigningKey", () => {
  test("ends a previous key at once, and again is no error", async () => {
    const { accepted, rotate, target, tenant } = await openPlay();
    const keys = [target.signingKey, await rotate("7200s"), await rotate("7200s")];
    const { target: shown } = await tenant.must("GetTarget", { id: target.id });
    const { previousSigningKeys = [], signingKeyId } = shown as JsonObject;
    const [first, second] = (previousSigningKeys as JsonObject[]).map(({ keyId }) => String(keyId));
    const revoke = (keyId = "") => tenant.testing.revokeSigningKey({ targetId: target.id, keyId });
    const { changeDate } = await revoke(first);
    expect((await accepted(...keys)).all).toEqual([false, true, true]);
    expect((await revoke(first)).changeDate).toEqual(changeDate);
    expect((await revoke("no such key")).changeDate).toEqual(changeDate);
    await revoke(second);
    expect((await accepted(...keys)).all).toEqual([false, false, true]);
    const current = revoke(String(signingKeyId));
    expect(await comes(current)).toBe("FAILED_PRECONDITION TARGETD-CURRENT-SIGNING-KEY");
    const elsewhere = await newTenant(server);
    const keyId = String(signingKeyId);
    const foreign = elsewhere.testing.revokeSigningKey({ targetId: target.id, keyId });
    expect(await comes(foreign)).toBe("NOT_FOUND COMMAND-xj14f2cccn");
  });
});

test("each call has a message id and signatures of its own", async () => {
  const tenant = await newTenant(server);
  const hook = await openHook();
  const [one, two] = [await tenant.target(hook.url), await tenant.target(hook.url)];
  await tenant.bind(allRequests, one, two);
  await tenant.call("ListTargets", {});
  server.clock.pass(2);
  await tenant.call("ListTargets", {});
  const ids = hook.hits.map(({ headers }) => headers["webhook-id"]);
  expect(new Set(ids).size).toBe(4);
  const signatures = hook.hits.map(({ headers }) => headers["zitadel-signature"]);
  expect(new Set(signatures).size).toBe(4);
});
