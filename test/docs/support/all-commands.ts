/** The commands of all pages: those that tests run, and those that are listed with the reason why not. */
import { spawnSync } from "node:child_process";
import { test } from "vitest";
import { type NotRun, notRun } from "../not-run.ts";
import { type CommandBlock, readCommands } from "./page-blocks.ts";
import { pageSetups } from "./page-setups.ts";
import { pages, readPage } from "./pages.ts";
import { runPage } from "./run-page.ts";

interface Command {
  readonly page: string;
  readonly block: CommandBlock;
  /** Entries of the list that mean it. */
  readonly listed: readonly NotRun[];
}

export const allCommands: readonly Command[] = pages.flatMap((page) =>
  readCommands(readPage(page)).map((block) => ({
    page,
    block,
    listed: notRun.filter((each) => each.page === page && block.commands.startsWith(each.begins)),
  })),
);

/** The pages with commands that are run. */
export const runPages: readonly string[] = [
  ...new Set(allCommands.filter(({ listed }) => listed.length === 0).map(({ page }) => page)),
];

const missing = ["bash", "curl", "openssl", "timeout"].filter(
  (program) => spawnSync(program, ["version"]).error !== undefined,
);
const unlessMissing = missing.length > 0 ? ` (not run: there is no ${missing.join(", ")})` : "";

/** Adds a test for each of the pages that are meant. They are spread over files, which run side by side. */
export function testCommands(isMeant: (page: string) => boolean): void {
  test.skipIf(missing.length > 0).each(runPages.filter(isMeant))(
    `every command of %s succeeds and prints what the page shows${unlessMissing}`,
    async (page) => {
      const run = allCommands.filter((each) => each.page === page && each.listed.length === 0);
      const blocks = run.map(({ block }) => block);
      await runPage(page, blocks, await pageSetups[page]?.());
    },
  );
}
