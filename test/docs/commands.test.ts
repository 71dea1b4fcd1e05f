/** The list of commands of README and docs that no test runs; commands-*.test.ts run all others. */
import { expect, test } from "vitest";
import { markdownTable } from "../../scripts/docs/markdown.ts";
import { notRun } from "./not-run.ts";
import { allCommands } from "./support/all-commands.ts";
import { pageSetups } from "./support/page-setups.ts";
import { readPage } from "./support/pages.ts";

test("each entry of the list means one block", () => {
  const named = allCommands.flatMap(({ listed }) => listed);
  expect(named).toEqual([...new Set(named)]);
  expect(new Set(named)).toEqual(new Set(notRun));
});

test("docs/README.md shows the list", () => {
  const rows = notRun.map(({ page, begins, because }) => [page, commandOf(begins), because]);
  const table = markdownTable(["Page", "Block that begins with", "Because it"], rows);
  expect(readPage("docs/README.md")).toContain(`<!-- not run -->\n\n${table}`);
});

/** The first line, as code. */
const commandOf = (begins: string) => `\`${begins.split("\n", 1)[0]?.replace(" \\", "")}\``;

test("what is replaced for a page is for one that has commands", () => {
  const withCommands = new Set(allCommands.map(({ page }) => page));
  expect(Object.keys(pageSetups).filter((page) => !withCommands.has(page))).toEqual([]);
});
