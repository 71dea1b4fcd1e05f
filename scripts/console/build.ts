/** Builds the web console. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { performance } from "node:perf_hooks";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "vite";
import { consoleFolder } from "./stale.ts";

/** What a browser loads; compressed here once, so that the server need not do it. */
const compressed = new Set([".html", ".js", ".css", ".svg"]);

/**
 * Writes web/dist anew, with a compressed copy beside each file, and says so in one line.
 *
 * @param root folder of the repository
 * @throws Error when a source has a fault
 */
export async function buildConsole(root: string): Promise<void> {
  const begin = performance.now();
  await build({ configFile: join(root, "web/vite.config.ts"), mode: "production" });
  const folder = join(root, consoleFolder);
  const sizes = filesOf(folder).map((path) => compress(path));
  const size = Math.ceil(sizes.reduce((sum, bytes) => sum + bytes, 0) / 1024);
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  console.log(`built the web console in ${seconds} s: ${size} KiB compressed`);
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => compressed.has(extname(name)))
    .map((name) => join(folder, name));
}

/** @returns the size of the larger copy, in bytes */
function compress(path: string): number {
  const bytes = readFileSync(path);
  const gzip = gzipSync(bytes, { level: 9 });
  writeFileSync(`${path}.gz`, gzip);
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }));
  return gzip.length;
}
