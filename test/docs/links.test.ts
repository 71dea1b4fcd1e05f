/** Links of the pages lead somewhere: to files and headings of this repository. */
import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { root } from "../support/process.ts";
import { textLines } from "./support/page-blocks.ts";
import { pages, readPage } from "./support/pages.ts";

const all = [...pages, "CHANGELOG.md", "test/vectors/README.md"];

/** The anchors that GitHub makes of the headings of a page. */
function anchorsOf(page: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const anchors = textLines(readPage(page)).flatMap((line) => {
    const [, heading] = /^#+ (.+)$/.exec(line) ?? [];
    if (heading === undefined) return [];
    const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const anchor = text.replace(/[^\p{Letter}\p{Number}\p{Mark}_ -]/gu, "").replaceAll(" ", "-");
    const times = seen.get(anchor) ?? 0;
    seen.set(anchor, times + 1);
    return times === 0 ? [anchor] : [`${anchor}-${times}`];
  });
  return new Set(anchors);
}

/** Links to elsewhere are for readers to follow. */
const elsewhere = /^(https?:|mailto:)/;

function brokenLinks(page: string): string[] {
  const text = textLines(readPage(page))
    .join("\n")
    .replace(/`[^`\n]*`/g, "");
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
  return links.filter((link) => {
    if (elsewhere.test(link)) return false;
    const [path = "", anchor] = link.split("#");
    const file = path === "" ? page : normalize(join(dirname(page), path));
    if (!existsSync(join(root, file))) return true;
    return anchor !== undefined && !anchorsOf(file).has(anchor);
  });
}

test.each(all)("the links of %s lead to files and headings that there are", (page) => {
  expect(brokenLinks(page)).toEqual([]);
});

test("the index leads to every page of docs/", () => {
  const index = readPage("docs/README.md");
  const below = pages.filter((page) => page.startsWith("docs/") && page !== "docs/README.md");
  const missing = below.filter((page) => !index.includes(`](${page.slice("docs/".length)})`));
  expect(missing).toEqual([]);
});
