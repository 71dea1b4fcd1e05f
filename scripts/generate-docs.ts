/**
 * `npm run gen:docs`: writes the pages of docs/ that tests compare with the program. It asks the
 * registry of npm for the release dates of versions that the page does not have yet.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { runTool } from "./checks/tool.ts";
import {
  type Dependency,
  datesOf,
  dependenciesPage,
  releaseKey,
  runtimeDependencies,
} from "./docs/dependencies.ts";
import { referencePages } from "./docs/reference.ts";

const root = join(import.meta.dirname, "..");
const page = join(root, "docs/dependencies.md");
const times = z.record(z.string(), z.string());

function releaseDate({ name, version }: Dependency): string {
  const answer = execFileSync("npm", ["view", name, "time", "--json"], { encoding: "utf8" });
  return (times.parse(JSON.parse(answer))[version] ?? "").slice(0, 10);
}

const dependencies = runtimeDependencies(root);
const known = datesOf(readFileSync(page, { encoding: "utf8", flag: "a+" }));
const dates = dependencies.map((each) => {
  const key = releaseKey(each);
  return [key, known.get(key) ?? releaseDate(each)] as const;
});
writeFileSync(page, dependenciesPage(dependencies, new Map(dates)));
console.log("docs/dependencies.md written");

for (const [path, page] of referencePages) {
  writeFileSync(join(root, path), page());
  console.log(`${path} written`);
}

await runTool(root, "vitest", ["run", "--update=all", "test/unit/egress/page.test.ts"]);
console.log("docs/egress.md written");

await runTool(root, "vitest", ["run", "--update=all", "test/rpc/permissions.test.ts"]);
console.log("docs/permissions.md written");
