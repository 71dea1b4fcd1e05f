import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { runCli } from "../cli/recording-server.ts";

test("the README's table of settings is the one that the program prints", async () => {
  const { out } = await runCli(["config", "--docs"]);
  const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
  expect(readme).toContain(out.trim());
});
