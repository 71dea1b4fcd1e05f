import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { clientVariables, knobs } from "../../../src/config.ts";
import { type Outcome, runCli } from "./recording-server.ts";

const main = fileURLToPath(new URL("../../../src/main.ts", import.meta.url));

/** Runs the program as a process of its own. */
function targetd(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  execFile(process.execPath, [main, ...args], { env }, (error, out, err) => {
    resolve({ code: error === null ? 0 : Number(error.code), out, err });
  });
  return promise;
}

describe("targetd as a process", () => {
  test("prints help on standard output", async () => {
    const { code, out, err } = await targetd(["--help"]);
    expect([code, err]).toEqual([0, ""]);
    for (const part of [
      "Usage: targetd",
      "serve",
      "config",
      "target",
      "Examples:",
      "Exit codes:",
    ]) {
      expect(out).toContain(part);
    }
    for (const { env } of [...Object.values(knobs), ...clientVariables]) expect(out).toContain(env);
  });

  test("reports every configuration problem at once and exits with 78", async () => {
    const env = { TARGETD_LOG: "loud", TARGETD_MASTER_KEY: "short-secret" };
    const { code, out, err } = await targetd(["serve", "--listen", "nowhere"], env);
    expect([code, out]).toEqual([78, ""]);
    for (const name of ["--listen", "TARGETD_LOG", "TARGETD_MASTER_KEY"]) {
      expect(err).toContain(name);
    }
    expect(err).not.toContain("short-secret");
    expect(err).not.toContain("    at ");
  });
});

describe("usage errors", () => {
  test.each([
    [[]],
    [["target"]],
    [["tarket"]],
    [["target", "make"]],
    [["--verbose"]],
    [["serve", "extra"]],
    [["serve", "--master-key", "x"]],
    [["target", "get"]],
    [["target", "get", "1", "2"]],
    [["target", "create", "--type", "soap"]],
    [["target", "create", "--timeout", "10"]],
    [["target", "create", "--type", "async", "--interrupt-on-error"]],
    [["target", "create", "--header", "no colon"]],
    [["target", "create", "--header", "a: 1", "--header", "A: 2"]],
    [["target", "update", "1"]],
    [["target", "update", "1", "--etag", "a"]],
    [["target", "update", "1", "--disabled", "--enabled"]],
    [["target", "update", "1", "--disabled", "--clear", "disabled"]],
    [["target", "update", "1", "--clear", "name"]],
    [["target", "list", "--limit", "-1"]],
    [["target", "list", "--offset", "1.5"]],
    [["target", "list", "--asc", "--desc"]],
    [["target", "rotate-key", "1", "--grace", "tomorrow"]],
  ])("%j exits with 2 and says why on standard error", async (args) => {
    const { code, out, err } = await runCli(args);
    expect([code, out]).toEqual([2, ""]);
    expect(err).not.toBe("");
  });

  test("do not repeat header values", async () => {
    const { err } = await runCli(["target", "create", "--header", "Bearer s3cr3t"]);
    expect(err).not.toContain("s3cr3t");
  });
});

describe("targetd config", () => {
  const env = {
    TARGETD_BOOTSTRAP_TOKEN: "bootstrap-token-of-thirty-two-characters",
    TARGETD_LOGG: "x",
    TARGETD_DATA_DIR: "/srv/targetd",
  };

  test("prints settings with their source, secrets masked, warnings apart", async () => {
    const { code, out, err } = await runCli(["config", "--egress-https-only", "--dev"], env);
    expect(code).toBe(0);
    expect(out).toMatch(/^TARGETD_DATA_DIR +\/srv\/targetd +env$/m);
    expect(out).toMatch(/^TARGETD_EGRESS_HTTPS_ONLY +true +flag$/m);
    expect(out).toMatch(/^TARGETD_BOOTSTRAP_TOKEN +\*+ +env$/m);
    expect(err).toContain("TARGETD_LOGG");
    expect(out + err).not.toContain(env.TARGETD_BOOTSTRAP_TOKEN);
  });

  test("prints the same as JSON", async () => {
    const { out } = await runCli(["config", "--json", "--dev"], env);
    const printed = JSON.parse(out);
    expect(printed.dev).toBe(true);
    expect(printed.settings).toHaveLength(Object.keys(knobs).length);
    expect(printed.settings).toContainEqual({
      env: "TARGETD_LISTEN",
      value: "127.0.0.1:8080",
      source: "default",
    });
    expect(out).not.toContain(env.TARGETD_BOOTSTRAP_TOKEN);
  });

  test("prints the table of settings even where the configuration is wrong", async () => {
    const { code, out } = await runCli(["config", "--docs"], { TARGETD_LOG: "loud" });
    expect(code).toBe(0);
    expect(out).toMatch(/^\| Variable \|/);
  });

  test("takes every flag of the table", async () => {
    for (const [name, { flag, env: variable }] of Object.entries(knobs)) {
      if (flag === undefined) continue;
      const { err } = await runCli(["config", flag.split(" ", 1)[0] ?? "", ""]);
      const reported = err.includes(`${variable} (`);
      expect([name, reported]).toEqual([name, true]);
    }
  });
});
