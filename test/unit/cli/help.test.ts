import { Readable } from "node:stream";
import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { createProgram } from "../../../src/cli/program.ts";
import { runCli } from "./recording-server.ts";

const silent = { out() {}, err() {}, input: () => Readable.from([]), terminal: false, env: {} };

/** Every command below this one, with the words that lead to it. */
function below(command: Command, path: readonly string[] = []): [string, Command][] {
  return command.commands.flatMap((child) => {
    const words = [...path, child.name()];
    return [[words.join(" "), child] as [string, Command], ...below(child, words)];
  });
}

const commands = below(createProgram(silent));
const leaves = commands.filter(([, { commands: children }]) => children.length === 0);
const helpOf = async (name: string) => (await runCli([...name.split(" "), "--help"])).out;

/** The command lines among the examples of a help text. */
const examplesIn = (help: string) => {
  const [, examples = ""] = help.split("\nExamples:\n");
  return [...examples.matchAll(/^ {2}(?:[A-Z_]+=\S+ )*targetd (.+)$/gm)].map(
    ([, line = ""]) => line,
  );
};

test.each(commands)("%s --help prints its usage and what it is for", async (name, command) => {
  const { code, out, err } = await runCli([...name.split(" "), "--help"]);
  expect([code, err]).toEqual([0, ""]);
  expect(out).toContain(`Usage: targetd ${name}`);
  expect(command.summary()).not.toBe("");
  expect(command.description()).toMatch(/^[A-Z].+\.$/s);
});

describe("the help of a command without others below", () => {
  test.each(leaves)("%s explains every argument and option", (_, command) => {
    for (const { description } of command.registeredArguments) expect(description).not.toBe("");
    for (const { description } of command.options) expect(description).not.toBe("");
  });

  test.each(leaves)("%s has examples of itself, with flags that exist", async (name, command) => {
    const help = await helpOf(name);
    const examples = examplesIn(help);
    expect(examples.length).toBeGreaterThan(0);
    const known = command.options.map(({ long }) => long);
    for (const example of examples) {
      expect(`${example} `).toContain(`${name} `);
      const flags = example.match(/--[\w-]+/g) ?? [];
      expect(known).toEqual(expect.arrayContaining(flags));
    }
  });

  test.each(leaves)("%s says where the exit codes are explained", async (name) => {
    expect(await helpOf(name)).toContain("Exit codes:");
  });
});
