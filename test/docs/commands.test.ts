/** Every command of README and docs: run against a real server, or listed with the reason why not. */
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { markdownTable } from "../../scripts/docs/markdown.ts";
import { usePostgres } from "../support/use-postgres.ts";
import { notRun } from "./not-run.ts";
import { readCommands } from "./support/page-blocks.ts";
import { pageSetups } from "./support/page-setups.ts";
import { pages, readPage } from "./support/pages.ts";
import { runPage } from "./support/run-page.ts";

const postgres = usePostgres();

const missing = ["bash", "curl", "openssl"].filter(
  (program) => spawnSync(program, ["version"]).error !== undefined,
);
const unlessMissing = missing.length > 0 ? ` (not run: there is no ${missing.join(", ")})` : "";

const all = pages.flatMap((page) => readCommands(readPage(page)).map((block) => ({ page, block })));
const listed = all.map(({ page, block }) =>
  notRun.filter((each) => each.page === page && block.commands.startsWith(each.begins)),
);
const run = Map.groupBy(
  all.filter((_, index) => listed[index]?.length === 0),
  ({ page }) => page,
);

test("each entry of the list of commands that are not run means one block", () => {
  const named = listed.flat();
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

test.skipIf(missing.length > 0).each([...run.keys()])(
  `every command of %s succeeds and prints what the page shows${unlessMissing}`,
  async (page) => {
    const blocks = (run.get(page) ?? []).map(({ block }) => block);
    await runPage(page, blocks, await pageSetups[page]?.(postgres.url));
  },
);
