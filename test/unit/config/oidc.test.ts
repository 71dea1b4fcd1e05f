import { describe, expect, test } from "vitest";
import { ConfigError, type ConfigProblem } from "../../../src/config/problem.ts";
import { type ConfigInput, loadConfig } from "../../../src/config.ts";

const good = {
  TARGETD_OIDC_ISSUER: "https://id.example/",
  TARGETD_OIDC_AUDIENCE: "3638",
  TARGETD_OIDC_ROLES_CLAIM: "urn:zitadel:iam:org:project:3638:roles",
  TARGETD_OIDC_ROLE_MAP: '{"viewer": {"role": "IAM_OWNER_VIEWER", "instance": "default"}}',
};

const load = (env: ConfigInput["env"], dev = false) => loadConfig({ env, flags: {}, dev });

function problemsOf(env: ConfigInput["env"], dev = false): readonly ConfigProblem[] {
  try {
    load(env, dev);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const variablesOf = (env: ConfigInput["env"], dev = false) =>
  problemsOf(env, dev).map(({ variable }) => variable);

describe("the settings of JWT access tokens", () => {
  test("are the only ones that mean nothing without an issuer", () => {
    expect(load({ TARGETD_LISTEN: "127.0.0.1:0", TARGETD_LOG: "warn" }).warnings).toEqual([]);
    const { warnings } = load({ TARGETD_LISTEN: "127.0.0.1:0", TARGETD_OIDC_AUDIENCE: "3638" });
    expect(warnings).toEqual([expect.stringContaining("TARGETD_OIDC_AUDIENCE")]);
  });

  test("are taken as they are written", () => {
    const { warnings, ...config } = load(good);
    expect(config).toMatchObject({ oidcIssuer: "https://id.example/", oidcAudience: "3638" });
    expect(config.oidcRoleMap?.get("viewer")).toEqual([
      { role: "IAM_OWNER_VIEWER", instance: "default", organization: undefined },
    ]);
    expect(warnings).toEqual([]);
  });

  test("need an audience with an issuer", () => {
    expect(variablesOf({ ...good, TARGETD_OIDC_AUDIENCE: undefined })).toEqual([
      "TARGETD_OIDC_AUDIENCE",
    ]);
    expect(variablesOf({ ...good, TARGETD_OIDC_AUDIENCE: "" })).toEqual(["TARGETD_OIDC_AUDIENCE"]);
  });

  test.each([
    ["TARGETD_OIDC_ISSUER", "id.example"],
    ["TARGETD_OIDC_ISSUER", "https://user:pass@id.example"],
    ["TARGETD_OIDC_ISSUER", "https://id.example/?a=b"],
    ["TARGETD_OIDC_ISSUER", "https://id.example/#a"],
    ["TARGETD_OIDC_ISSUER", " https://id.example"],
    ["TARGETD_OIDC_ISSUER", `https://id.example/${"a".repeat(500)}`],
    ["TARGETD_OIDC_ISSUER", "http://id.example"],
    ["TARGETD_OIDC_ISSUER", "http://127.0.0.1:8081"],
    ["TARGETD_OIDC_AUDIENCE", "a b"],
    ["TARGETD_OIDC_JWKS_URL", "/oauth/v2/keys"],
    ["TARGETD_OIDC_JWKS_URL", "http://id.example/keys"],
    ["TARGETD_OIDC_JWKS_URL", "file:///keys"],
    ["TARGETD_OIDC_ROLES_CLAIM", "a b"],
    ["TARGETD_OIDC_ROLE_MAP", '{"a": {"role": "OWNER", "instance": "default"}}'],
  ])("are refused when %s is %s", (name, text) => {
    expect(problemsOf({ ...good, [name]: text })).toEqual([
      { variable: name, value: text, rule: expect.any(String) },
    ]);
  });

  test("must not let a role of any project count, unless an organization is named", () => {
    const { TARGETD_OIDC_ROLES_CLAIM: _, ...any } = good;
    expect(variablesOf(any)).toEqual(["TARGETD_OIDC_ROLES_CLAIM"]);
    const grant = { role: "IAM_OWNER", instance: "default", organization: "1" };
    const map = (grants: object[]) => JSON.stringify({ admin: grants });
    expect(variablesOf({ ...any, TARGETD_OIDC_ROLE_MAP: map([grant]) })).toEqual([]);
    const { organization: __, ...open } = grant;
    expect(variablesOf({ ...any, TARGETD_OIDC_ROLE_MAP: map([grant, open]) })).toEqual([
      "TARGETD_OIDC_ROLES_CLAIM",
    ]);
  });

  test("may be http on this machine in development", () => {
    const local = { ...good, TARGETD_OIDC_ISSUER: "http://127.0.0.1:8081" };
    expect(variablesOf(local, true)).toEqual([]);
    const remote = { ...good, TARGETD_OIDC_JWKS_URL: "http://10.0.0.1/keys" };
    expect(variablesOf(remote, true)).toEqual(["TARGETD_OIDC_JWKS_URL"]);
  });

  test("tell all their problems at once", () => {
    const env = {
      TARGETD_OIDC_ISSUER: "http://id.example",
      TARGETD_OIDC_JWKS_URL: "x",
      TARGETD_OIDC_ROLE_MAP: "[]",
    };
    expect(variablesOf(env)).toEqual([
      "TARGETD_OIDC_JWKS_URL",
      "TARGETD_OIDC_ROLE_MAP",
      "TARGETD_OIDC_ISSUER",
      "TARGETD_OIDC_AUDIENCE",
    ]);
  });

  test("warn when they cannot be meant", () => {
    const { TARGETD_OIDC_ISSUER, TARGETD_OIDC_ROLE_MAP, ...others } = good;
    expect(load({ ...others, TARGETD_OIDC_ROLE_MAP }).warnings).toHaveLength(3);
    const [warning, ...more] = load({ ...others, TARGETD_OIDC_ISSUER }).warnings;
    expect(warning).toContain("TARGETD_OIDC_ROLE_MAP");
    expect(more).toEqual([]);
  });
});
