import { execFile } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { CheckFailure } from "./check.ts";

const modules = join(import.meta.dirname, "../../node_modules");
const bin = join(modules, ".bin");

/**
 * The tools are scripts that look for `node` on the path, and buf looks there for its plugins:
 * they find this Node and this repository's plugins first. buf keeps its cache where `npm ci`
 * clears it; nothing in buf.yaml makes it fetch anything.
 */
const environment = {
  ...process.env,
  PATH: [bin, dirname(process.execPath), process.env.PATH].join(delimiter),
  BUF_CACHE_DIR: join(modules, ".cache/buf"),
};

/**
 * Runs a tool of node_modules/.bin.
 *
 * @param cwd folder in which it runs
 * @throws CheckFailure with everything the tool printed, when it fails
 */
export async function runTool(cwd: string, name: string, args: readonly string[]): Promise<void> {
  const options = { cwd, env: environment, maxBuffer: 64 * 1024 * 1024 };
  try {
    await promisify(execFile)(join(bin, name), args, options);
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new CheckFailure(`${stdout}${stderr}`.trim() || String(error), { cause: error });
  }
}
