/** docs/reference/ is made of what the program has; `npm run gen:docs` writes it. */
import { expect, test } from "vitest";
import { referencePages } from "../../scripts/docs/reference.ts";
import { catalogue } from "../../src/errors/catalogue.ts";
import { violationIds } from "../../src/errors/violation-ids.ts";
import { runCli } from "../unit/cli/recording-server.ts";
import { readPage } from "./support/pages.ts";

test.each(referencePages)("%s is what the program makes now", (path, page) => {
  expect(readPage(path)).toBe(page());
});

test("the table of settings is the one that the program prints", async () => {
  const { out } = await runCli(["config", "--docs"]);
  expect(readPage("docs/reference/configuration.md")).toContain(out.trim());
});

test("the ids that docs/compatibility.md and docs/contract.md name are ids of the program", () => {
  const known = new Set([
    ...Object.values(catalogue).map(({ id }) => id),
    ...violationIds.values(),
  ]);
  const form = /\b(?:COMMAND|QUERY|AUTH|EXEC|ACTION|GRPC|V3|TARGETD)-[0-9A-Za-z]+(?:-[A-Z]+)*\b/g;
  const named = ["docs/compatibility.md", "docs/contract.md"].flatMap((page) => [
    ...readPage(page).matchAll(form),
  ]);
  expect(named.length).toBeGreaterThan(50);
  expect(named.map(([id]) => id).filter((id) => !known.has(id))).toEqual([]);
});
