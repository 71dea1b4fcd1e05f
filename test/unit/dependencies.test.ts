import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  datesOf,
  dependenciesPage,
  releaseKey,
  runtimeDependencies,
} from "../../scripts/docs/dependencies.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/dependencies.md"), "utf8");
const dependencies = runtimeDependencies(root);

test("docs/dependencies.md holds names, versions, licences and counts of what is installed", () => {
  expect(page).toBe(dependenciesPage(dependencies, datesOf(page)));
});

test("it has the release date of exactly these versions", () => {
  expect([...datesOf(page).keys()]).toEqual(dependencies.map(releaseKey));
});

test("every licence is one that may be shipped with Apache-2.0 code", () => {
  const allowed = ["Apache-2.0", "MIT", "(Apache-2.0 AND BSD-3-Clause)"];
  expect(dependencies.filter(({ license }) => !allowed.includes(license))).toEqual([]);
});
