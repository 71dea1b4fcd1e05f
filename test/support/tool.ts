import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";

/** Runs a tool of node_modules/.bin and resolves with its output; rejects when it fails. */
export async function runTool(name: string, args: readonly string[]): Promise<string> {
  const path = join(import.meta.dirname, "../../node_modules/.bin", name);
  const { stdout } = await promisify(execFile)(path, args, {
    env: { ...process.env, BUF_CACHE_DIR: temporaryFolder() },
  });
  return stdout;
}

/** An empty folder that is removed when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "targetd-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
