import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { exitCodes } from "../../../src/cli/exit-codes.ts";
import { temporaryFolder } from "../../support/tool.ts";
import { runCli } from "./recording-server.ts";

const migrate = (...flags: string[]) => runCli(["migrate", "sqlite-to-postgres", ...flags]);
const url = "postgres://targetd@127.0.0.1/targetd";

test("a data directory without a database is named, not its missing key, and stays as it is", async () => {
  const dataDir = join(temporaryFolder(), "data");
  const { code, err } = await migrate("--data-dir", dataDir, "--to", url);
  expect(code).toBe(exitCodes.failure);
  expect(err).toContain(join(dataDir, "targetd.db"));
  expect(err).not.toContain("master.key");
  expect(existsSync(dataDir)).toBe(false);
});

test.each([
  [["--to", url, "--to-file", "url"], "--to-file"],
  [[], "--to"],
  [["--to", "sqlite"], "--to"],
  [["--to", "http://127.0.0.1/targetd"], "--to"],
  [["--to-file", "/nowhere/url"], "--to-file"],
])("%j is refused as a mistake of the command line", async (flags, named) => {
  const { code, err } = await migrate(...flags);
  expect([code, err]).toEqual([exitCodes.usage, expect.stringContaining(named)]);
});
