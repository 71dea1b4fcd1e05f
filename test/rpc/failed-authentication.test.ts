/** What the log tells of callers that nobody knows, and that the audit keeps nothing of them. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestApp } from "../support/app.ts";
import { type Door, openDoors } from "../support/doors.ts";
import { audience, openIssuer, rolesClaim, type TestIssuer } from "../support/issuer.ts";
import { callerOf, tokenIdOf } from "./support/iam.ts";

const roleMap = {
  nowhere: { role: "IAM_OWNER", instance: "nowhere" },
  both: [
    { role: "IAM_OWNER", instance: "default" },
    { role: "IAM_OWNER", instance: "other" },
  ],
};

let issuer: TestIssuer;
beforeAll(async () => {
  issuer = await openIssuer();
});
afterAll(() => issuer.close());

async function openApp() {
  const app = await startTestApp({
    dev: true,
    env: {
      TARGETD_OIDC_ISSUER: issuer.url,
      TARGETD_OIDC_AUDIENCE: audience,
      TARGETD_OIDC_ROLES_CLAIM: rolesClaim,
      TARGETD_OIDC_ROLE_MAP: JSON.stringify(roleMap),
    },
  });
  const doors = openDoors(app.url);
  return {
    ...app,
    doors: doors.all,
    async [Symbol.asyncDispose]() {
      doors.close();
      await app.stop();
    },
  };
}

const jwt = (claims: Readonly<Record<string, unknown>>) =>
  issuer.token(Math.floor(Date.now() / 1000), { claims });

/** Reason and address of every attempt that was told, and at last the number of the others. */
function linesOf(logged: readonly string[]): unknown[] {
  const lines = logged.map((line) => JSON.parse(line)).filter(({ level }) => level === "warn");
  return lines.map(({ reason, remoteAddress, count }) => count ?? [reason, remoteAddress]);
}

async function codeOf(door: Door | undefined, authorization: string | undefined) {
  const headers = authorization === undefined ? {} : { authorization };
  return (await door?.call("ListTargets", {}, { headers }))?.code;
}

test.each(["gRPC by grpc-js", "gRPC-Web", "Connect JSON", "REST"])(
  "over %s each reason is told, and no credential",
  async (name) => {
    await using app = await openApp();
    const door = app.doors.find((each) => each.name === name);
    const { tokens } = callerOf(app.url, app.tokens.owner);
    const { accessToken } = await tokens.createToken({ roles: ["IAM_OWNER"] });
    await tokens.revokeToken({ id: tokenIdOf(accessToken) });

    const credentials: readonly [string, string | undefined][] = [
      ["missing", undefined],
      ["malformed", "Basic c2VjcmV0OnNlY3JldA=="],
      ["unknown", "Bearer tgd_none_secret"],
      ["expired", `Bearer ${app.tokens.expired}`],
      ["revoked", `Bearer ${accessToken}`],
      ["invalid-jwt", `Bearer ${await jwt({ aud: "another" })}`],
      ["no-instance", `Bearer ${await jwt({ [rolesClaim]: ["nowhere"] })}`],
    ];
    for (const [, credential] of credentials) {
      expect(await codeOf(door, credential)).toBe("UNAUTHENTICATED");
    }
    for (const roles of [["none"], ["both"]]) {
      const credential = `Bearer ${await jwt({ [rolesClaim]: roles })}`;
      expect(await codeOf(door, credential)).toBe("PERMISSION_DENIED");
    }
    await app.stop();

    const reasons = credentials.map(([reason]) => [reason, "127.0.0.1"]);
    expect(linesOf(app.logged)).toEqual([...reasons, 2]);
    for (const [, credential] of credentials) {
      if (credential === undefined) continue;
      expect(app.logged.join("")).not.toContain(credential.slice(-10));
    }
  },
);

test("the audit keeps nothing of them", async () => {
  await using app = await openApp();
  const { audit } = callerOf(app.url, app.tokens.owner);
  const before = (await audit.listChanges({})).changes;
  for (const door of app.doors) {
    expect(await codeOf(door, "Bearer tgd_none_secret")).toBe("UNAUTHENTICATED");
    expect(await codeOf(door, `Bearer ${await jwt({ [rolesClaim]: ["none"] })}`)).toBe(
      "PERMISSION_DENIED",
    );
  }
  await callerOf(app.url, app.tokens.owner).tokens.createToken({ roles: ["IAM_OWNER"] });
  const after = (await audit.listChanges({})).changes;
  expect(after.slice(1)).toEqual(before);
});

test("who is known and may not call is no failed authentication", async () => {
  await using app = await openApp();
  expect(await codeOf(app.doors[0], `Bearer ${app.tokens.nobody}`)).toBe("PERMISSION_DENIED");
  await app.stop();
  expect(linesOf(app.logged)).toEqual([]);
});
