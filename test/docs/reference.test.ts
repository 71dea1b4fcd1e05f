/** docs/reference/ is made of what the program has; `npm run gen:docs` writes it. */
import { expect, test } from "vitest";
import { referencePages } from "../../scripts/docs/reference.ts";
import { runCli } from "../unit/cli/recording-server.ts";
import { readPage } from "./support/pages.ts";

test.each(referencePages)("%s is what the program makes now", (path, page) => {
  expect(readPage(path)).toBe(page());
});

test("the table of settings is the one that the program prints", async () => {
  const { out } = await runCli(["config", "--docs"]);
  expect(readPage("docs/reference/configuration.md")).toContain(out.trim());
});
