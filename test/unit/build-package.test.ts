import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CheckFailure } from "../../scripts/checks/check.ts";
import { buildPackage } from "../../scripts/package/build-package.ts";
import { packedManifest, readManifest } from "../../scripts/package/manifest.ts";
import { temporaryFolder } from "../support/tool.ts";

test("a folder that holds something else is left alone", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "thesis.txt"), "");
  const root = join(import.meta.dirname, "../..");
  await expect(buildPackage(root, folder)).rejects.toThrow(CheckFailure);
  expect(readdirSync(folder)).toEqual(["thesis.txt"]);
});

test("the manifest names what was compiled, and drops what only the repository needs", () => {
  const both = { name: "a", version: "1.0.0", description: "b", license: "MIT", type: "module" };
  const shared = { ...both, engines: { node: ">=24" }, dependencies: { c: "1.0.0" } };
  const manifest = readManifest(
    JSON.stringify({
      ...shared,
      bin: { a: "src/main.ts" },
      exports: { "./d": "./src/d.ts", "./package.json": "./package.json" },
      scripts: { test: "e" },
      devDependencies: { f: "1.0.0" },
      optionalDependencies: { g: "1.0.0" },
    }),
  );
  expect(packedManifest(manifest)).toEqual({
    ...shared,
    bin: { a: "src/main.js" },
    exports: { "./d": "./src/d.js", "./package.json": "./package.json" },
  });
});
