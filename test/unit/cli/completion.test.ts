import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { completionLevels } from "../../../src/cli/completion/levels.ts";
import { exitCodes } from "../../../src/cli/exit-codes.ts";
import { createProgram } from "../../../src/cli/program.ts";
import { temporaryFolder } from "../../support/tool.ts";
import { runCli } from "./recording-server.ts";

const has = (shell: string) => spawnSync(shell, ["-c", "exit 0"]).status === 0;
const scripts = new Map<string, string>();
beforeAll(async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const { code, out, err } = await runCli(["completion", shell]);
    expect([shell, code, err]).toEqual([shell, exitCodes.ok, ""]);
    scripts.set(shell, out);
  }
});

/** What bash offers for the last of these words; bash itself splits them at "=". */
function complete(words: readonly string[], cwd = process.cwd()): string[] {
  const split = words.flatMap((word) => word.split(/(?==)|(?<==)/));
  const program = `${scripts.get("bash")}
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_targetd
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const args = ["--norc", "-u", "-c", program, "bash", ...split];
  return execFileSync("bash", args, { cwd, encoding: "utf8" }).split("\n").filter(Boolean);
}

describe("completion", () => {
  test.skipIf(!has("bash")).each<[string[], string[]]>([
    [["targetd", "tar"], ["target"]],
    [["targetd", "target", "re"], []],
    [["targetd", "target", "r"], ["rotate-key"]],
    [["targetd", "target", "create", "--ty"], ["--type"]],
    [
      ["targetd", "target", "create", "--type", ""],
      ["webhook", "call", "async"],
    ],
    [["targetd", "target", "create", "--type=c"], ["call"]],
    [
      ["targetd", "target", "create", "--type="],
      ["webhook", "call", "async"],
    ],
    [
      ["targetd", "target", "create", "--name", "delete", "--payload", "jw"],
      ["jwt", "jwe"],
    ],
    [["targetd", "target", "create", "--name", ""], []],
    [["targetd", "target", "create", "--name=x", "--type=a"], ["async"]],
    [["targetd", "serve", "--feature-actions", "t"], ["true"]],
    [["targetd", "serve", "--feature-actions", "--de"], ["--dev"]],
    [["targetd", "feature", ""], []],
    [
      ["targetd", "feature", "actions", "o"],
      ["on", "off"],
    ],
    [["targetd", "feature", "--instance", "acme", "actions", "d"], ["default"]],
    [
      ["targetd", "completion", ""],
      ["bash", "zsh", "fish"],
    ],
    [["targetd", "profile", "target", ""], []],
    [["targetd", "--v"], ["--version"]],
  ])("of %j offers %j in bash", (words, expected) => {
    expect(complete(words)).toEqual(expected);
  });

  test.skipIf(!has("bash"))("offers every command and every long option in bash", () => {
    const io = { out() {}, err() {}, terminal: false, env: {} };
    for (const { path, commands, options } of completionLevels(createProgram(io))) {
      const words = path.split(" ");
      expect(complete([...words, ""])).toEqual(
        expect.arrayContaining(commands.map(({ word }) => word)),
      );
      const long = options.flatMap(({ names }) => names.filter((name) => name.startsWith("--")));
      expect(complete([...words, "--"])).toEqual(long);
    }
  });

  test.skipIf(!has("bash"))("offers files for paths in bash, spaces included", () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "tokens"));
    writeFileSync(join(folder, "to ken.pat"), "");
    const offered = complete(["targetd", "token", "list", "--token-file", "to"], folder);
    expect(offered.sort()).toEqual(["to ken.pat", "tokens"]);
  });

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
    test.skipIf(!has(shell))(`is a script that ${shell} can read`, () => {
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
