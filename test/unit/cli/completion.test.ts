import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { completionLevels } from "../../../src/cli/completion/levels.ts";
import { exitCodes } from "../../../src/cli/exit-codes.ts";
import { createProgram } from "../../../src/cli/program.ts";
import { temporaryFolder } from "../../support/tool.ts";
import { runCli } from "./recording-server.ts";
import { isInstalled, shellOffers } from "./shell-offers.ts";

const scripts = new Map<string, string>();
beforeAll(async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const { code, out, err } = await runCli(["completion", shell]);
    expect([shell, code, err]).toEqual([shell, exitCodes.ok, ""]);
    scripts.set(shell, out);
  }
});

const offered: readonly (readonly [string, readonly string[]])[] = [
  ["targetd tar", ["target"]],
  ["targetd target re", ["revoke-key"]],
  ["targetd target r", ["revoke-key", "rotate-key"]],
  ["targetd target create --ty", ["--type"]],
  ["targetd target create --type ", ["webhook", "call", "async"]],
  ["targetd target create --type=c", ["call"]],
  ["targetd target create --type=", ["webhook", "call", "async"]],
  ["targetd target create --name delete --payload jw", ["jwt", "jwe"]],
  ["targetd target create --name ", []],
  ["targetd target create --name=x --type=a", ["async"]],
  ["targetd target public-key a", ["activate", "add"]],
  ["targetd target public-key list 1 --sort e", ["expires"]],
  ["targetd execution set request 1 --sk", ["--skip-executions"]],
  ["targetd execution list --type ", ["request", "response", "function", "event"]],
  ["targetd execut", ["execute", "execution"]],
  ["targetd serve --feature-actions t", ["true"]],
  ["targetd serve --feature-actions --dev", ["--dev"]],
  ["targetd feature ", []],
  ["targetd feature actions o", ["on", "off"]],
  ["targetd feature --instance acme actions d", ["default"]],
  ["targetd completion ", ["bash", "zsh", "fish"]],
  ["targetd profile target ", []],
  ["targetd --v", ["--version"]],
];

const sorted = (words: readonly string[] | undefined) => [...(words ?? [])].sort();

describe.each(["bash", "zsh", "fish"])("completion in %s", (shell) => {
  beforeEach(({ skip }) => skip(!isInstalled(shell), `${shell} is not installed`));
  const ask = (lines: readonly string[], cwd?: string) =>
    shellOffers(shell, scripts.get(shell) ?? "", lines, cwd);

  test("offers commands, options and values", () => {
    const offers = ask(offered.map(([line]) => line));
    for (const [line, expected] of offered) {
      expect([line, sorted(offers.get(line))]).toEqual([line, sorted(expected)]);
    }
  });

  test("offers every command and every long option", () => {
    const io = { out() {}, err() {}, input: () => Readable.from([]), terminal: false, env: {} };
    const levels = completionLevels(createProgram(io));
    const offers = ask(levels.flatMap(({ path }) => [`${path} `, `${path} --`]));
    for (const { path, commands, options } of levels) {
      const words = commands.map(({ word }) => word);
      expect(offers.get(`${path} `)).toEqual(expect.arrayContaining(words));
      const long = options.flatMap(({ names }) => names.filter((name) => name.startsWith("--")));
      expect([path, sorted(offers.get(`${path} --`))]).toEqual([path, sorted(long)]);
    }
  });

  test("offers files for paths, spaces included", () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "tokens"));
    writeFileSync(join(folder, "to ken.pat"), "");
    const lines = ["targetd token list --token-file to", "targetd token create --out=to"];
    const offers = ask(lines, folder);
    for (const line of lines) {
      const names = offers.get(line)?.map((name) => name.replace(/[\\]/g, "").replace(/\/$/, ""));
      expect([line, sorted(names)]).toEqual([line, ["to ken.pat", "tokens"]]);
    }
  });
});

describe("completion", () => {
  test.each(["bash", "zsh", "fish"])("for %s has commands, options and choices", (shell) => {
    const script = scripts.get(shell);
    for (const part of ["targetd target rotate-key", "webhook", "token-file"]) {
      expect(script).toContain(part);
    }
  });

  for (const [shell, flag] of [
    ["bash", "-n"],
    ["zsh", "-n"],
    ["fish", "--no-execute"],
  ] as const) {
    test(`is a script that ${shell} can read`, ({ skip }) => {
      skip(!isInstalled(shell), `${shell} is not installed`);
      const file = join(temporaryFolder(), "script");
      writeFileSync(file, scripts.get(shell) ?? "");
      const { status, stderr } = spawnSync(shell, [flag, file], { encoding: "utf8" });
      expect([status, stderr]).toEqual([0, ""]);
    });
  }

  test("for another shell is wrong usage", async () => {
    const { code, out } = await runCli(["completion", "tcsh"]);
    expect([code, out]).toEqual([exitCodes.usage, ""]);
  });
});
