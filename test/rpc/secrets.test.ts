/** contract.md section 3: where secrets may show, and that they show nowhere else. */
import { type JsonObject, toJsonString } from "@bufbuild/protobuf";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ListChangesResponseSchema } from "../../gen/targetd/v1/audit_service_pb.ts";
import { ListTokensResponseSchema } from "../../gen/targetd/v1/token_service_pb.ts";
import { tokenHash } from "../../src/auth/token.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { type Collector, openCollector } from "../support/collector.ts";
import { type Doors, openDoors } from "../support/doors.ts";
import { openHook } from "../support/hook.ts";
import { audience, openIssuer, type TestIssuer } from "../support/issuer.ts";
import { apiFields, fieldName, isRedacted } from "../support/redacted-fields.ts";
import { storedBytes } from "../support/stores.ts";
import { callerOf } from "./support/iam.ts";
import { anyTarget } from "./support/play.ts";
import { headerSecrets, idOf, secretDrivers, secretTarget } from "./support/secret-drivers.ts";
import { clientsOf } from "./support/tenant.ts";

let app: TestApp;
let doors: Doors;
let issuer: TestIssuer;
let collector: Collector;
/** Every secret that went through the API, the tokens of the tests included. */
const secrets = new Set<string>();

beforeAll(async () => {
  issuer = await openIssuer();
  collector = await openCollector();
  const oidc = { TARGETD_OIDC_ISSUER: issuer.url, TARGETD_OIDC_AUDIENCE: audience };
  const env = { ...oidc, TARGETD_OTLP_ENDPOINT: collector.url };
  app = await startTestApp({ env, dev: true });
  doors = openDoors(app.url);
  for (const token of Object.values(app.tokens)) secrets.add(token);
  for (const drive of Object.values(secretDrivers)) {
    for (const secret of await drive(app)) secrets.add(secret);
  }
});

afterAll(async () => {
  doors.close();
  await issuer.close();
  await collector.close();
});

/** The secrets that a text holds, also without the prefix of a key or token. */
function leaksIn(text: string): string[] {
  return [...secrets].filter((secret) => text.includes(secret.replace(/^(whsec_|tgd_[^_]+_)/, "")));
}

function everything(value: unknown): string {
  return JSON.stringify(value, (_key, member) =>
    typeof member === "bigint" ? String(member) : member,
  );
}

test("every secret field of the API is driven, and no value of them is empty", async () => {
  const redacted = (await apiFields()).filter(isRedacted).map(fieldName).sort();
  expect(Object.keys(secretDrivers).sort()).toEqual(redacted);
  expect([...secrets].filter((secret) => secret.length < 12 || secret === "undefined")).toEqual([]);
});

test.each(["GetTarget", "ListTargets"])(
  "%s shows keys to owners alone, and headers to nobody",
  async (method) => {
    const request: JsonObject = method === "GetTarget" ? { id: await idOf(app) } : {};
    for (const { name, call } of doors.all) {
      const viewer = await call(method, request, { token: app.tokens.viewer });
      const owner = await call(method, request, { token: app.tokens.owner });
      expect([viewer.code, owner.code], name).toEqual(["OK", "OK"]);
      expect(leaksIn(everything(viewer)), name).toEqual([]);
      const withoutKeys = JSON.stringify(owner.message, (key, value) =>
        key === "signingKey" ? undefined : value,
      );
      expect(withoutKeys).not.toBe(JSON.stringify(owner.message));
      expect(leaksIn(withoutKeys), name).toEqual([]);
    }
  },
);

test("an update that makes no key shows none", async () => {
  const id = await idOf(app);
  for (const { name, call } of doors.all) {
    const { code, message } = await call("UpdateTarget", { id }, { token: app.tokens.owner });
    expect([code, leaksIn(JSON.stringify(message))], name).toEqual(["OK", []]);
  }
});

test("errors repeat none, through whatever door", async () => {
  const id = await idOf(app);
  const { owner, viewer } = app.tokens;
  const headers = { "x-team": headerSecrets.created };
  const control = { "x-team": `${headerSecrets.created}\n` };
  const requests: [string, JsonObject, string][] = [
    ["CreateTarget", { ...anyTarget, name: secretTarget, headers }, owner],
    ["CreateTarget", { ...anyTarget, name: " ", timeout: "999s", headers }, owner],
    ["CreateTarget", { ...anyTarget, name: "fourth", headers: control }, owner],
    ["UpdateTarget", { id, headers: control, updateMask: "headers,nothing" }, owner],
    ["UpdateTarget", { id, headers, etag: "other" }, owner],
    ["UpdateTarget", { id, headers }, viewer],
    ["UpdateTarget", { id, headers }, `${owner}x`],
    ["UpdateTarget", { id: "unknown", headers }, owner],
  ];
  for (const { name, call } of doors.all) {
    for (const [method, request, token] of requests) {
      const outcome = await call(method, request, { token }).catch((cause) => ({
        code: "refused by the client",
        text: "",
        cause,
      }));
      expect(outcome.code, `${name} ${method}`).not.toBe("OK");
      expect(leaksIn(everything({ ...outcome, cause: undefined })), name).toEqual([]);
    }
  }
});

test("a body that cannot be read is not repeated", async () => {
  const secret = headerSecrets.updated;
  for (const body of [`{"headers": {"x": "${secret}`, `{"headers": "${secret}"}`, `"${secret}"`]) {
    for (const path of ["/v2/actions/targets", "/zitadel.action.v2.ActionService/CreateTarget"]) {
      const authorization = `Bearer ${app.tokens.owner}`;
      const type = { "content-type": "application/json" };
      const init = { method: "POST", headers: { authorization, ...type }, body };
      const response = await fetch(app.url + path, init);
      expect([response.status, leaksIn(await response.text())]).toEqual([400, []]);
    }
  }
});

test("the audit and the list of tokens hold none", async () => {
  const caller = callerOf(app.url, app.tokens.owner);
  const changes = await caller.audit.listChanges({ pageSize: 1000 });
  expect(changes.changes.length).toBeGreaterThan(5);
  expect(leaksIn(toJsonString(ListChangesResponseSchema, changes))).toEqual([]);
  const tokens = await caller.tokens.listTokens({});
  expect(leaksIn(toJsonString(ListTokensResponseSchema, tokens))).toEqual([]);
});

test("no line of the log holds one, down to the level trace", async () => {
  // A refused JWT is logged, so that there is something to look through.
  const jwt = await issuer.token(Math.floor(Date.now() / 1000) - 3600);
  for (const part of jwt.split(".")) secrets.add(part);
  const [door] = doors.all;
  const outcome = await door?.call("ListTargets", {}, { token: jwt });
  expect([outcome?.code, leaksIn(everything(outcome))]).toEqual(["UNAUTHENTICATED", []]);
  expect(app.logged.join("")).toContain("JWT refused");
  expect(leaksIn(app.logged.join(""))).toEqual([]);
});

test("the files of the database hold none, and tokens only as hashes", async () => {
  const bytes = await storedBytes(app.dataDir);
  expect(bytes.includes(secretTarget)).toBe(true);
  expect(leaksIn(bytes.toString("latin1"))).toEqual([]);
  const keys = [...secrets].filter((secret) => secret.startsWith("whsec_"));
  const raw = keys.map((key) => Buffer.from(key.slice("whsec_".length), "base64"));
  expect(raw.filter((key) => bytes.includes(key))).toEqual([]);
  expect(bytes.includes(tokenHash(app.tokens.owner))).toBe(true);
});

/** The last one: the rest of the spans is sent at the stop. */
test("traces hold none, nor what stands behind the host of an endpoint", async () => {
  const hook = await openHook();
  const secret = "secret-of-the-receiver";
  secrets.add(secret);
  const [door] = doors.all;
  const endpoint = `${hook.url}?key=${secret}`;
  const headers = { "x-team": headerSecrets.created };
  const target = { ...anyTarget, name: "traced", endpoint, headers };
  const created = await door?.call("CreateTarget", target, { token: app.tokens.owner });
  const targetId = String(created?.message.id);
  const { testing } = clientsOf(app.url, app.tokens.owner);
  await testing.testTarget({ targetId });
  expect(hook.last().path).toContain(secret);
  await app.stop();
  expect(collector.spans.map(({ kind }) => kind)).toContain("client");
  expect(leaksIn(collector.received.toString("latin1"))).toEqual([]);
});
