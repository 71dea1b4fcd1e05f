/** The results of a run, kept for who compares runs. */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { pinned } from "./support/child.ts";
import { loadSource } from "./support/load.ts";

const parts: Record<string, unknown> = {};

/** Notes what a part found; numbers, no text for people. */
export function keepResult(part: string, result: unknown): void {
  parts[part] = result;
}

/** Writes bench/results.json, when there is something to write. */
export function writeResults(): void {
  if (Object.keys(parts).length === 0) return;
  const [processor] = cpus();
  const machine = { processor: processor?.model, cores: cpus().length, pinned };
  const run = { at: new Date().toISOString(), node: process.version, machine, load: loadSource };
  const file = join(import.meta.dirname, "results.json");
  writeFileSync(file, `${JSON.stringify({ ...run, parts }, undefined, 2)}\n`);
}
