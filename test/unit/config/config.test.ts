import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { settingsMarkdown } from "../../../src/config/docs.ts";
import { newMasterKey } from "../../../src/config/new-master-key.ts";
import { ConfigError, type ConfigProblem } from "../../../src/config/problem.ts";
import { type ConfigInput, clientVariables, knobs, loadConfig } from "../../../src/config.ts";

const directory = mkdtempSync(join(tmpdir(), "targetd-config-"));
afterAll(() => rmSync(directory, { recursive: true }));

const key = Buffer.alloc(32, 7).toString("base64");
const token = "bootstrap-token-of-thirty-two-plus-characters";

function load(env: ConfigInput["env"], flags: ConfigInput["flags"] = {}, dev = false) {
  return loadConfig({ env, flags, dev });
}

function problemsOf(env: ConfigInput["env"], flags: ConfigInput["flags"] = {}): ConfigProblem[] {
  try {
    load(env, flags);
  } catch (error) {
    if (error instanceof ConfigError) return [...error.problems];
    throw error;
  }
  return [];
}

describe("loadConfig", () => {
  test("is complete without any variable", () => {
    expect(load({})).toMatchObject({
      listen: { host: "127.0.0.1", port: 8080 },
      dataDir: "./data",
      masterKey: undefined,
      bootstrapToken: undefined,
      oidcIssuer: undefined,
      oidcAudience: undefined,
      oidcJwksUrl: undefined,
      oidcRolesClaim: "urn:zitadel:iam:org:project:roles",
      oidcRoleMap: undefined,
      featureActions: true,
      publicUrl: "http://127.0.0.1:8080",
      log: "info",
      egressHttpsOnly: false,
      tlsCert: undefined,
      corsOrigins: undefined,
      insecureCleartext: false,
      drainDelay: 0,
      metricsListen: { host: "127.0.0.1", port: 9464 },
      shutdownTimeout: 30_000,
      dev: false,
      warnings: [],
    });
  });

  test("is frozen", () => {
    const config = load({});
    for (const part of [config, config.listen, config.resolved, config.warnings]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  test.each([
    ["TARGETD_LISTEN", "127.0.0.1:0", "listen", { host: "127.0.0.1", port: 0 }],
    ["TARGETD_LISTEN", "[::1]:8080", "listen", { host: "::1", port: 8080 }],
    ["TARGETD_LISTEN", "localhost:65535", "listen", { host: "localhost", port: 65_535 }],
    ["TARGETD_DATA_DIR", "/var/lib/targetd", "dataDir", "/var/lib/targetd"],
    ["TARGETD_MASTER_KEY", key, "masterKey", Buffer.alloc(32, 7)],
    ["TARGETD_MASTER_KEY", key.slice(0, -1), "masterKey", Buffer.alloc(32, 7)],
    ["TARGETD_BOOTSTRAP_TOKEN", token, "bootstrapToken", token],
    ["TARGETD_FEATURE_ACTIONS", "false", "featureActions", false],
    ["TARGETD_PUBLIC_URL", "https://a.example/base/", "publicUrl", "https://a.example/base"],
    ["TARGETD_LOG", "silent", "log", "silent"],
    ["TARGETD_EGRESS_HTTPS_ONLY", "true", "egressHttpsOnly", true],
    ["TARGETD_SHUTDOWN_TIMEOUT", "1m30s", "shutdownTimeout", 90_000],
    ["TARGETD_DRAIN_DELAY", "10s", "drainDelay", 10_000],
    ["TARGETD_METRICS_LISTEN", "off", "metricsListen", "off"],
    ["TARGETD_METRICS_LISTEN", "[::]:9000", "metricsListen", { host: "::", port: 9000 }],
    ["TARGETD_CORS_ORIGINS", "https://a.example", "corsOrigins", ["https://a.example"]],
    [
      "TARGETD_CORS_ORIGINS",
      "http://localhost:5173, https://a.example,https://a.example",
      "corsOrigins",
      ["http://localhost:5173", "https://a.example"],
    ],
    ["TARGETD_LOG", "", "log", "info"],
  ] as const)("takes %s=%s", (name, text, setting, expected) => {
    expect(load({ [name]: text })[setting]).toEqual(expected);
  });

  test.each([
    ["TARGETD_LISTEN", "8080"],
    ["TARGETD_LISTEN", ":8080"],
    ["TARGETD_LISTEN", "127.0.0.1"],
    ["TARGETD_LISTEN", "127.0.0.1:65536"],
    ["TARGETD_LISTEN", "127.0.0.1:-1"],
    ["TARGETD_LISTEN", "::1:8080"],
    ["TARGETD_LISTEN", "[localhost]:8080"],
    ["TARGETD_LISTEN", "http://127.0.0.1:8080"],
    ["TARGETD_DATA_DIR", " "],
    ["TARGETD_FEATURE_ACTIONS", "yes"],
    ["TARGETD_PUBLIC_URL", "a.example"],
    ["TARGETD_PUBLIC_URL", "ftp://a.example"],
    ["TARGETD_PUBLIC_URL", "https://user:pass@a.example"],
    ["TARGETD_PUBLIC_URL", "https://a.example/?q=1"],
    ["TARGETD_LOG", "verbose"],
    ["TARGETD_EGRESS_HTTPS_ONLY", "1"],
    ["TARGETD_INSECURE_CLEARTEXT", "TRUE"],
    ["TARGETD_CORS_ORIGINS", "*"],
    ["TARGETD_CORS_ORIGINS", "null"],
    ["TARGETD_CORS_ORIGINS", "https://*.example"],
    ["TARGETD_CORS_ORIGINS", "a.example"],
    ["TARGETD_CORS_ORIGINS", "https://a.example/"],
    ["TARGETD_CORS_ORIGINS", "https://a.example:443"],
    ["TARGETD_CORS_ORIGINS", "https://a.example,"],
    ["TARGETD_DRAIN_DELAY", "-1s"],
    ["TARGETD_METRICS_LISTEN", "none"],
    ["TARGETD_METRICS_LISTEN", "9464"],
    ["TARGETD_SHUTDOWN_TIMEOUT", "30"],
    ["TARGETD_SHUTDOWN_TIMEOUT", "2h"],
  ])("refuses %s=%s and names both", (name, text) => {
    expect(problemsOf({ [name]: text })).toEqual([
      { variable: name, value: text, rule: expect.stringMatching(/^must be /) },
    ]);
  });

  test.each([
    ["TARGETD_MASTER_KEY", Buffer.alloc(31).toString("base64")],
    ["TARGETD_MASTER_KEY", "z".repeat(32)],
    ["TARGETD_MASTER_KEY", `${key} `],
    ["TARGETD_MASTER_KEY", ""],
    ["TARGETD_BOOTSTRAP_TOKEN", "t".repeat(31)],
    ["TARGETD_BOOTSTRAP_TOKEN", "t".repeat(4097)],
    ["TARGETD_BOOTSTRAP_TOKEN", `${token} with spaces`],
    ["TARGETD_BOOTSTRAP_TOKEN", ""],
  ])("refuses a bad %s without repeating it", (name, text) => {
    expect(problemsOf({ [name]: text })).toStrictEqual([
      { variable: name, rule: expect.stringMatching(/^must be /) },
    ]);
  });

  test("reports every problem at once, one line each", () => {
    const env = { TARGETD_LISTEN: "nowhere", TARGETD_LOG: "loud", TARGETD_MASTER_KEY: "c2VjcmV0" };
    expect(problemsOf(env, { shutdownTimeout: "soon" }).map(({ variable }) => variable)).toEqual([
      "TARGETD_LISTEN",
      "TARGETD_MASTER_KEY",
      "TARGETD_LOG",
      "TARGETD_SHUTDOWN_TIMEOUT (--shutdown-timeout)",
    ]);
    const error = new ConfigError(problemsOf(env));
    expect(error.message.split("\n")).toHaveLength(4);
    expect(error.message).not.toContain("c2VjcmV0");
  });

  test("takes a flag before a variable before the default", () => {
    const config = load({ TARGETD_LOG: "debug", TARGETD_DATA_DIR: "/a" }, { log: "warn" });
    expect([config.log, config.dataDir]).toEqual(["warn", "/a"]);
    const sources = new Map(config.resolved.map(({ env, source }) => [env, source]));
    expect(sources.get("TARGETD_LOG")).toBe("flag");
    expect(sources.get("TARGETD_DATA_DIR")).toBe("env");
    expect(sources.get("TARGETD_LISTEN")).toBe("default");
  });
});

describe("cleartext", () => {
  test.each(["127.0.0.1", "127.9.9.9", "localhost", "LOCALHOST", "[::1]", "[::ffff:127.0.0.1]"])(
    "is allowed on %s",
    (host) => {
      expect(problemsOf({ TARGETD_LISTEN: `${host}:8080` })).toEqual([]);
    },
  );

  test.each(["0.0.0.0", "128.0.0.1", "10.0.0.1", "[::]", "[::2]", "targetd.internal"])(
    "needs TARGETD_INSECURE_CLEARTEXT on %s",
    (host) => {
      const env = { TARGETD_LISTEN: `${host}:8080` };
      const [problem] = problemsOf(env);
      expect(problem?.variable).toBe("TARGETD_LISTEN");
      expect(problem?.rule).toContain("TARGETD_INSECURE_CLEARTEXT=true");
      expect(problemsOf({ ...env, TARGETD_INSECURE_CLEARTEXT: "true" })).toEqual([]);
    },
  );
});

describe("TLS", () => {
  const pair = { TARGETD_TLS_CERT: "/tls.crt", TARGETD_TLS_KEY: "/tls.key" };

  test("makes the public URL https and any address allowed", () => {
    const config = load({ ...pair, TARGETD_LISTEN: "0.0.0.0:443" });
    expect(config).toMatchObject({ tlsCert: "/tls.crt", tlsKey: "/tls.key" });
    expect(config.publicUrl).toBe("https://0.0.0.0:443");
  });

  test.each([
    ["TARGETD_TLS_CERT", "TARGETD_TLS_KEY"],
    ["TARGETD_TLS_KEY", "TARGETD_TLS_CERT"],
    ["TARGETD_TLS_CLIENT_CA", "TARGETD_TLS_CERT"],
  ])("%s needs %s", (name, other) => {
    const problems = problemsOf({ [name]: "/x", TARGETD_LISTEN: "127.0.0.1:0" });
    expect(problems).toEqual([
      { variable: name, value: "/x", rule: expect.stringContaining(other) },
    ]);
  });
});

describe("secrets", () => {
  const file = join(directory, "token");
  writeFileSync(file, `${token}\n`);

  test("can come from a file, without its last line break", () => {
    const config = load({ TARGETD_BOOTSTRAP_TOKEN_FILE: file });
    expect(config.bootstrapToken).toBe(token);
    expect(config.resolved).toContainEqual({
      env: "TARGETD_BOOTSTRAP_TOKEN",
      value: "********",
      source: "file",
    });
  });

  test("are refused when given twice", () => {
    const env = { TARGETD_BOOTSTRAP_TOKEN: token, TARGETD_BOOTSTRAP_TOKEN_FILE: file };
    const [problem] = problemsOf(env);
    expect(problem?.variable).toBe("TARGETD_BOOTSTRAP_TOKEN");
    expect(problem?.rule).toContain("TARGETD_BOOTSTRAP_TOKEN_FILE");
  });

  test("that ended up in the name of the file variable are not repeated", () => {
    for (const path of [key, directory, ""]) {
      const [problem] = problemsOf({ TARGETD_MASTER_KEY_FILE: path });
      expect(problem).toEqual({ variable: "TARGETD_MASTER_KEY_FILE", rule: expect.any(String) });
      if (path !== "") expect(problem?.rule).not.toContain(path);
    }
  });

  test("have no flag and show neither in the resolved settings nor in warnings", () => {
    const config = load({
      TARGETD_MASTER_KEY: key,
      TARGETD_BOOTSTRAP_TOKEN: token,
      TARGETD_BOOTSTRAP_TOKN: token,
    });
    const shown = JSON.stringify([config.resolved, config.warnings]);
    expect(shown).not.toContain(key);
    expect(shown).not.toContain(token);
    const flags = Object.values(knobs).filter((knob) => knob.secret && knob.flag !== undefined);
    expect(flags).toEqual([]);
  });
});

describe("unknown variables", () => {
  test.each([
    ["TARGETD_LISTN", "TARGETD_LISTEN"],
    ["TARGETD_LOG_LEVEL", "TARGETD_LOG"],
    ["TARGETD_INSECURE_CLEARTXT", "TARGETD_INSECURE_CLEARTEXT"],
    ["TARGETD_DATADIR", "TARGETD_DATA_DIR"],
    ["TARGETD_MASTERKEY_FILE", "TARGETD_MASTER_KEY_FILE"],
    ["TARGETD_LISTEN_FILE", "TARGETD_LISTEN"],
  ])("%s warns and suggests %s", (name, meant) => {
    const [warning] = load({ [name]: "x" }).warnings;
    expect(warning).toContain(name);
    expect(warning).toContain(`${meant}?`);
  });

  test("that are like nothing known warn without a suggestion", () => {
    const { warnings } = load({ TARGETD_PORT: "1", OTHER_LISTEN: "x" });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).not.toContain("did you mean");
  });

  test("do not include those of the client commands", () => {
    const env = Object.fromEntries(clientVariables.map(({ env: name }) => [name, "x"]));
    expect(load(env).warnings).toEqual([]);
  });
});

describe("settingsMarkdown", () => {
  test("has one row of four cells for every variable", () => {
    const rows = settingsMarkdown().trimEnd().split("\n");
    const variables = [...Object.values(knobs), newMasterKey, ...clientVariables];
    expect(rows).toHaveLength(2 + variables.length);
    for (const row of rows) expect(row.match(/(?<!\\)\|/g)).toHaveLength(5);
    for (const { env } of variables) expect(settingsMarkdown()).toContain(`\`${env}\``);
  });
});
