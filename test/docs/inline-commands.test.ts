/** Commands in the text of pages, as `targetd target get <id>`, have subcommands and flags that there are. */
import type { Command } from "commander";
import { expect, test } from "vitest";
import { processIo } from "../../src/cli/io.ts";
import { createProgram } from "../../src/cli/program.ts";
import { textLines } from "./support/page-blocks.ts";
import { pages, readPage } from "./support/pages.ts";

const program = createProgram(processIo());

/** What the program does not know in a command line; undefined when it knows all. */
function unknownIn(words: readonly string[]): string | undefined {
  let command: Command = program;
  let rest = words;
  for (;;) {
    const [word] = rest;
    const next = command.commands.find((each) => each.name() === word);
    if (next === undefined) break;
    command = next;
    rest = rest.slice(1);
  }
  const [argument] = rest;
  if (command.commands.length > 0 && argument?.startsWith("-") === false) return argument;
  const known = new Set(["--help", ...command.options.map(({ long }) => long)]);
  const flags = rest.filter((word) => word.startsWith("--")).map((word) => word.split("=", 1)[0]);
  return flags.find((flag) => flag !== undefined && !known.has(flag));
}

const commands = pages.flatMap((page) =>
  [
    ...textLines(readPage(page))
      .join("\n")
      .matchAll(/`targetd ([^`]+)`/g),
  ].map(([, rest = ""]) => ({
    page,
    line: rest.replace(/\s+/g, " "),
  })),
);

test("the pages have such commands", () => {
  expect(commands.length).toBeGreaterThan(50);
});

test("they are commands of the program", () => {
  const unknown = commands.filter(({ line }) => unknownIn(line.split(" ")) !== undefined);
  expect(unknown).toEqual([]);
});
