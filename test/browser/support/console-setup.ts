/** Builds the console once for all tests of a run, from where the servers of the tests serve it. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { findChromium, noChromium } from "./chromium.ts";

export default async function setup(): Promise<void> {
  if (findChromium() === undefined) throw new Error(noChromium);
  const cwd = join(import.meta.dirname, "../../..");
  await promisify(execFile)("npm", ["run", "--silent", "build:console"], { cwd });
}
