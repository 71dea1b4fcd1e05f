/** Checks of proto/ and of the code that is generated from it. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Check, failOn } from "./check.ts";
import { runTool } from "./tool.ts";

/** The API that clients rely on, as a buf image; renewed by `npm run gen -- --baseline`. */
export const baselinePath = "proto/baseline.binpb";

export const protoLint: Check = {
  name: "buf lint finds nothing",
  run: (root) => runTool(root, "buf", ["lint", "proto"]),
};

export const protoFormat: Check = {
  name: "proto files are formatted",
  run: (root) => runTool(root, "buf", ["format", "proto", "--diff", "--exit-code"]),
};

// Only "proto" is compared: over the whole workspace of two modules buf breaking finds nothing. What
// it imports is left out, as descriptor.proto changes with the version of buf.
export const protoBreaking: Check = {
  name: "the API is compatible with its baseline",
  run: (root) =>
    runTool(root, "buf", ["breaking", "proto", "--exclude-imports", "--against", baselinePath]),
};

export const generatedCode: Check = {
  name: "gen/ is what proto/ generates",
  async run(root) {
    const fresh = await mkdtemp(join(tmpdir(), "targetd-gen-"));
    try {
      await generate(root, fresh);
      failOn(await differences(join(root, "gen"), join(fresh, "gen")));
    } finally {
      await rm(fresh, { recursive: true });
    }
  },
};

/** Generates code for the proto files of `root` into the folder gen of `target`. */
export async function generate(root: string, target: string): Promise<void> {
  await runTool(root, "buf", ["generate", "--output", target]);
}

/** Writes the image that later versions are compared with. */
export async function writeBaseline(root: string): Promise<void> {
  await runTool(root, "buf", ["build", "proto", "--exclude-source-info", "-o", baselinePath]);
}

async function differences(committed: string, fresh: string): Promise<string[]> {
  const [before, after] = await Promise.all([contents(committed), contents(fresh)]);
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths
    .filter((path) => before.get(path) !== after.get(path))
    .map((path) => `gen/${path} is out of date; run npm run gen`);
}

async function contents(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  const texts = await Promise.all(paths.map((path) => readFile(join(folder, path), "utf8")));
  return new Map(paths.map((path, index) => [path, texts[index] ?? ""]));
}
