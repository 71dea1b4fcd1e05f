import type { Command } from "commander";
import { expect, test } from "vitest";
import { createProgram } from "../../../src/cli/program.ts";
import { runCli } from "./recording-server.ts";

const silent = { out() {}, err() {}, terminal: false, env: {} };

function paths(command: Command, path: readonly string[] = []): string[][] {
  const own = path.length === 0 ? [] : [[...path]];
  return [...own, ...command.commands.flatMap((child) => paths(child, [...path, child.name()]))];
}

test.each(paths(createProgram(silent)).map((path) => [path.join(" "), path] as const))(
  "%s --help prints its usage",
  async (name, path) => {
    const { code, out, err } = await runCli([...path, "--help"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain(`Usage: targetd ${name}`);
  },
);
