/** JWT access tokens against the whole server, with an issuer in the test. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { type Doors, type Outcome, openDoors } from "../support/doors.ts";
import { audience, openIssuer, rolesClaim, type TestIssuer } from "../support/issuer.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { tickingClock } from "../support/ticking-clock.ts";
import { callerOf } from "./support/iam.ts";
import { anyTarget, shortly } from "./support/play.ts";

const roleMap = {
  viewer: { role: "IAM_OWNER_VIEWER", instance: "default" },
  owner: { role: "IAM_OWNER", instance: "default" },
  "targets-admin": [
    { role: "IAM_OWNER", instance: "acme", organization: "1" },
    { role: "IAM_OWNER", instance: "beta", organization: "2" },
  ],
};

const clock = tickingClock();
let issuer: TestIssuer;
let app: TestApp;
let doors: Doors;

beforeAll(async () => {
  issuer = await openIssuer();
  const env = {
    TARGETD_OIDC_ISSUER: issuer.url,
    TARGETD_OIDC_AUDIENCE: audience,
    TARGETD_OIDC_ROLES_CLAIM: rolesClaim,
    TARGETD_OIDC_ROLE_MAP: JSON.stringify(roleMap),
  };
  app = await startTestApp({ env, clock: clock.now, dev: true });
  doors = openDoors(app.url);
  const { instances } = callerOf(app.url, app.tokens.owner);
  for (const id of ["acme", "beta"]) await instances.createInstance({ id });
});

afterAll(async () => {
  doors.close();
  await app.stop();
  await issuer.close();
});

/** A token with a roles claim. */
const tokenWith = (roles: unknown, claims: object = {}) =>
  issuer.token(Math.floor(clock.now() / 1e6), { claims: { [rolesClaim]: roles, ...claims } });

describe.each(["REST", "gRPC by grpc-js"] as const)("over %s", (through) => {
  function call(token: string, method: string, request = {}): Promise<Outcome> {
    const door = doors.all.find(({ name }) => name === through);
    if (door === undefined) throw new Error(`there is no door ${through}`);
    return door.call(method, request, { token });
  }
  const create = (token: string) =>
    call(token, "CreateTarget", { name: crypto.randomUUID(), ...anyTarget });
  const codeOf = async (outcome: Promise<Outcome>) => (await outcome).code;

  test("a viewer reads and does not write", async () => {
    const token = await tokenWith({ viewer: { 1: "acme.example" } });
    expect(await codeOf(call(token, "ListTargets"))).toBe("OK");
    expect(await codeOf(create(token))).toBe("PERMISSION_DENIED");
  });

  test("an owner writes", async () => {
    expect(await codeOf(create(await tokenWith({ owner: { 1: "acme.example" } })))).toBe("OK");
  });

  test("the organization decides on the instance, which sees nothing of another", async () => {
    const acme = await tokenWith({ "targets-admin": { 1: "acme.example" } });
    const beta = await tokenWith({ "targets-admin": { 2: "beta.example" } });
    const { id } = (await create(acme)).message;
    expect(await codeOf(call(acme, "GetTarget", { id: String(id) }))).toBe("OK");
    expect(await codeOf(call(beta, "GetTarget", { id: String(id) }))).toBe("NOT_FOUND");
    const owner = app.tokens.owner;
    expect(await codeOf(call(owner, "GetTarget", { id: String(id) }))).toBe("NOT_FOUND");
    expect(await codeOf(call(beta, "DeleteTarget", { id: String(id) }))).toBe("OK");
    expect(await codeOf(call(acme, "GetTarget", { id: String(id) }))).toBe("OK");
  });

  test.each([
    ["no role", {}],
    ["a project role named IAM_OWNER", { IAM_OWNER: { 1: "acme.example" } }],
    ["a role of an organization that is not mapped", { "targets-admin": { 3: "x.example" } }],
    ["roles in two instances", { "targets-admin": { 1: "a.example", 2: "b.example" } }],
  ])("%s is denied, also where every caller may call", async (_name, roles) => {
    const token = await tokenWith(roles);
    expect(shortly(await call(token, "ListTargets"))).toBe("PERMISSION_DENIED AUTH-5mWD2");
    expect(await codeOf(call(token, "ListExecutionFunctions"))).toBe("PERMISSION_DENIED");
  });

  test("a token that is not valid is unauthenticated", async () => {
    const refused = "UNAUTHENTICATED AUTH-7fs1e";
    const elsewhere = await tokenWith({ owner: { 1: "a" } }, { aud: "another" });
    expect(shortly(await call(elsewhere, "ListTargets"))).toBe(refused);
    expect(shortly(await call("a.b.c", "ListTargets"))).toBe(refused);
  });

  test("a token works until it expires", async () => {
    const token = await tokenWith({ viewer: { 1: "acme.example" } });
    expect(await codeOf(call(token, "ListTargets"))).toBe("OK");
    clock.pass(600);
    expect(await codeOf(call(token, "ListTargets"))).toBe("UNAUTHENTICATED");
  });

  test("stored tokens go on to work next to them", async () => {
    expect(await codeOf(call(app.tokens.viewer, "ListTargets"))).toBe("OK");
    expect(await codeOf(call(app.tokens.expired, "ListTargets"))).toBe("UNAUTHENTICATED");
  });
});

test("keys that cannot be had are UNAVAILABLE for JWTs and for nobody else", async () => {
  const away = await openIssuer();
  await away.close();
  const env = { TARGETD_OIDC_ISSUER: away.url, TARGETD_OIDC_AUDIENCE: audience };
  const other = await startTestApp({ env, dev: true });
  const otherDoors = openDoors(other.url);
  try {
    const token = await away.token(Math.floor(Date.now() / 1000));
    for (const door of otherDoors.all) {
      const outcome = await door.call("ListTargets", {}, { token });
      expect(shortly(outcome)).toBe("UNAVAILABLE TARGETD-UNAVAILABLE");
      const { code } = await door.call("ListTargets", {}, { token: other.tokens.viewer });
      expect(code).toBe("OK");
    }
    expect(other.logged.filter((line) => line.includes("cannot fetch the JWT keys"))).toHaveLength(
      1,
    );
  } finally {
    otherDoors.close();
    await other.stop();
  }
});

test("a first token that looks like a JWT is looked up before the issuer is asked", async () => {
  const folder = makeTempDir();
  const chosen = await issuer.token(0, { claims: { note: "n".repeat(600) } });
  const env = {
    TARGETD_LISTEN: "127.0.0.1:0",
    TARGETD_METRICS_LISTEN: "off",
    TARGETD_DATA_DIR: folder.path,
    TARGETD_BOOTSTRAP_TOKEN: chosen,
    TARGETD_OIDC_ISSUER: "https://id.invalid",
    TARGETD_OIDC_AUDIENCE: audience,
  };
  const config = loadConfig({ env, flags: {}, dev: false });
  const log = createLog({ level: "silent", pretty: false, colour: false });
  const other = await buildApp(config, log);
  const otherDoors = openDoors(other.url);
  try {
    for (const door of otherDoors.all) {
      expect((await door.call("ListTargets", {}, { token: chosen })).code).toBe("OK");
    }
  } finally {
    otherDoors.close();
    await other.stop();
    folder.remove();
  }
});
