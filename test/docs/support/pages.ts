/** The Markdown pages of the repository that people read. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../support/process.ts";

/** Paths from the root of the repository, as "docs/tour.md". */
export const pages: readonly string[] = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`)
    .sort(),
];

/** The text of a page, or of any other file. */
export function readPage(page: string): string {
  return readFileSync(join(root, page), "utf8");
}
