import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ConfigError, type ConfigProblem } from "../../../src/config/problem.ts";
import { type ConfigInput, loadConfig } from "../../../src/config.ts";
import { newAuthority } from "../../support/certificate.ts";

const directory = mkdtempSync(join(tmpdir(), "targetd-egress-"));
afterAll(() => rmSync(directory, { recursive: true }));

function load(env: ConfigInput["env"]) {
  return loadConfig({ env, flags: {}, dev: false });
}

function problemsOf(env: ConfigInput["env"]): readonly ConfigProblem[] {
  try {
    load(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

function fileOf(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

test("nothing is allowed, trusted or in between by default", () => {
  expect(load({})).toMatchObject({
    egressHttpsOnly: false,
    egressAllow: undefined,
    egressProxy: undefined,
    egressCaFile: undefined,
    trustedProxies: undefined,
  });
});

describe("TARGETD_EGRESS_ALLOW", () => {
  test("is read into entries, which are frozen", () => {
    const { egressAllow = [] } = load({ TARGETD_EGRESS_ALLOW: "10.0.0.0/8,acme=receiver:8080" });
    expect(egressAllow.map(({ instance, text }) => [instance, text])).toEqual([
      [undefined, "10.0.0.0/8"],
      ["acme", "receiver:8080"],
    ]);
    for (const part of [egressAllow, ...egressAllow]) expect(Object.isFrozen(part)).toBe(true);
  });

  test("is refused with every mistake in it", () => {
    const [problem, ...more] = problemsOf({ TARGETD_EGRESS_ALLOW: "10.0.0.1/8,receiver,8.8.8.8" });
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ variable: "TARGETD_EGRESS_ALLOW" });
    expect(problem?.rule).toContain('"10.0.0.1/8"');
    expect(problem?.rule).toContain('"receiver"');
    expect(problem?.rule).not.toContain('"8.8.8.8"');
  });
});

describe("TARGETD_EGRESS_PROXY", () => {
  test.each([
    ["http://proxy:3128", "http://proxy:3128/"],
    ["https://proxy.example.com/", "https://proxy.example.com/"],
    ["http://user:p%40ss@10.0.0.1:3128", "http://user:p%40ss@10.0.0.1:3128/"],
  ])("takes %s", (text, expected) => {
    expect(load({ TARGETD_EGRESS_PROXY: text }).egressProxy).toBe(expected);
  });

  test.each([
    "",
    "proxy:3128",
    "socks5://proxy:1080",
    "http://proxy:3128/path",
    "http://proxy:3128/?q",
    "http://proxy:3128/#f",
    "http://pro xy/",
    "http://proxy:99999",
  ])("refuses %j without repeating it", (text) => {
    expect(problemsOf({ TARGETD_EGRESS_PROXY: text })).toStrictEqual([
      { variable: "TARGETD_EGRESS_PROXY", rule: expect.stringMatching(/^must be /) },
    ]);
  });

  test("is a secret: it can come from a file and shows nowhere", () => {
    const url = "http://user:password@proxy:3128/";
    const config = load({ TARGETD_EGRESS_PROXY_FILE: fileOf("proxy", `${url}\n`) });
    expect(config.egressProxy).toBe(url);
    expect(JSON.stringify(config.resolved)).not.toContain("password");
  });
});

describe("TARGETD_EGRESS_CA_FILE", () => {
  const pems = [newAuthority("one").cert, newAuthority("two").cert];

  test("is read at the start, certificate by certificate", () => {
    const path = fileOf("ca.pem", `first\n${pems[0]}\nsecond\n${pems[1]}`);
    expect(load({ TARGETD_EGRESS_CA_FILE: path }).egressCaFile).toEqual(pems);
  });

  test.each([
    ["empty", ""],
    ["text", "no certificate\n"],
    ["a key", newAuthority().key],
    ["cut", pems[0]?.slice(0, -40) ?? ""],
    ["garbled", (pems[0] ?? "").replace(/\n.{64}\n/, "\n")],
    ["garbled in the second", pems[0] + (pems[1] ?? "").replace(/\n.{64}\n/, "\n")],
  ])("refuses a file that is %s", (name, text) => {
    const path = fileOf(name, text);
    expect(problemsOf({ TARGETD_EGRESS_CA_FILE: path })).toEqual([
      {
        variable: "TARGETD_EGRESS_CA_FILE",
        value: path,
        rule: expect.stringContaining("certificates"),
      },
    ]);
  });

  test("refuses a file that cannot be read", () => {
    const [missing] = problemsOf({ TARGETD_EGRESS_CA_FILE: join(directory, "none") });
    expect(missing?.rule).toContain("ENOENT");
    const [folder] = problemsOf({ TARGETD_EGRESS_CA_FILE: directory });
    expect(folder?.rule).toContain("EISDIR");
  });
});

describe("TARGETD_TRUSTED_PROXIES", () => {
  test("takes networks and addresses once each", () => {
    const text = "10.0.0.0/8, 192.168.0.1,FD00:0::/8,192.168.0.1/32";
    const { trustedProxies } = load({ TARGETD_TRUSTED_PROXIES: text });
    expect(trustedProxies).toEqual(["10.0.0.0/8", "192.168.0.1", "fd00::/8"]);
    expect(Object.isFrozen(trustedProxies)).toBe(true);
  });

  test.each(["loopback", "10.0.0.1/8", "10.0.0.0/8,", "*", "proxy.example.com", "::ffff:10.0.0.1"])(
    "refuses %s",
    (text) => {
      const [problem] = problemsOf({ TARGETD_TRUSTED_PROXIES: text });
      expect(problem).toMatchObject({ variable: "TARGETD_TRUSTED_PROXIES", value: text });
    },
  );
});
