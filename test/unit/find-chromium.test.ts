import { mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import { findChromium } from "../browser/support/chromium.ts";
import { temporaryFolder } from "../support/tool.ts";

function program(folder: string, name: string, mode = 0o755): string {
  const path = join(folder, name);
  writeFileSync(path, "", { mode });
  return path;
}

test("the first name that stands on PATH is taken, whichever folder it is in", () => {
  const [first, second] = [temporaryFolder(), temporaryFolder()];
  program(first, "google-chrome");
  const chromium = program(second, "chromium");
  expect(findChromium({ PATH: [first, second].join(delimiter) })).toBe(chromium);
});

test("what is no program is passed over", () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "chromium"));
  program(folder, "chromium-browser", 0o644);
  expect(findChromium({ PATH: folder })).toBeUndefined();
  expect(findChromium({})).toBeUndefined();
});

test("the one that the variable names comes first, and must be there", () => {
  const folder = temporaryFolder();
  program(folder, "chromium");
  const other = program(folder, "other");
  expect(findChromium({ PATH: folder, TARGETD_TEST_CHROMIUM: other })).toBe(other);
  const missing = { PATH: folder, TARGETD_TEST_CHROMIUM: join(folder, "missing") };
  expect(() => findChromium(missing)).toThrow("TARGETD_TEST_CHROMIUM");
});
