/** Builds the web console. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "vite";
import { z } from "zod";
import { consoleFolder } from "./stale.ts";

/** What vite says of the packages in the bundle; web/vite.config.ts names the file. */
const licencesFile = "licences.json";
const licences = z.array(z.object({ name: z.string() }));

export interface BuiltConsole {
  /** Names of the packages of which there is something in it. */
  readonly packages: readonly string[];
  /** Size of all files compressed by gzip, in bytes. */
  readonly bytes: number;
}

/** What a browser loads; compressed here once, so that the server need not do it. */
const compressed = new Set([".html", ".js", ".css", ".svg"]);

/**
 * Writes the console anew, with a compressed copy beside each file.
 *
 * @param root folder of the repository
 * @param out folder of the console; what is in it is replaced
 * @throws Error when a source has a fault
 */
export async function buildConsole(
  root: string,
  out: string = join(root, consoleFolder),
): Promise<BuiltConsole> {
  await build({ configFile: join(root, "web/vite.config.ts"), build: { outDir: out } });
  const bundled = licences.parse(JSON.parse(readFileSync(join(out, licencesFile), "utf8")));
  rmSync(join(out, licencesFile));
  const bytes = filesOf(out).reduce((sum, path) => sum + compress(path), 0);
  return { packages: bundled.map(({ name }) => name), bytes };
}

/** What to say of it. */
export function builtText({ bytes }: BuiltConsole): string {
  return `built the web console: ${Math.ceil(bytes / 1024)} KiB compressed`;
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => compressed.has(extname(name)))
    .map((name) => join(folder, name));
}

/** @returns size of the larger copy, that of gzip, in bytes */
function compress(path: string): number {
  const bytes = readFileSync(path);
  const gzip = gzipSync(bytes, { level: 9 });
  writeFileSync(`${path}.gz`, gzip);
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }));
  return gzip.length;
}
