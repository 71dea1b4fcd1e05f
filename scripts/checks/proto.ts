/** Checks of proto/ and of the code that is generated from it. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Check, failOn } from "./check.ts";
import { runTool } from "./tool.ts";

/** The API that clients rely on, as a buf image; renewed by `npm run gen -- --baseline`. */
export const baselinePath = "proto/baseline.binpb";

/** What is generated: its proto files, the template of buf, and the folder that it writes. */
const generations = [
  { proto: "proto", template: "buf.gen.yaml", out: "gen" },
  {
    proto: "examples/shop/proto",
    template: "examples/shop/buf.gen.yaml",
    out: "examples/shop/gen",
  },
  {
    proto: "test/conformance/wire/proto",
    template: "test/conformance/wire/buf.gen.yaml",
    out: "test/conformance/wire/gen",
  },
];

export const protoLint: Check = {
  name: "buf lint finds nothing",
  async run(root) {
    for (const { proto } of generations) await runTool(root, "buf", ["lint", proto]);
  },
};

export const protoFormat: Check = {
  name: "proto files are formatted",
  async run(root) {
    for (const { proto } of generations) {
      await runTool(root, "buf", ["format", proto, "--diff", "--exit-code"]);
    }
  },
};

// Only "proto" is compared: over the whole workspace of two modules buf breaking finds nothing. What
// it imports is left out, as descriptor.proto changes with the version of buf.
export const protoBreaking: Check = {
  name: "the API is compatible with its baseline",
  run: (root) =>
    runTool(root, "buf", ["breaking", "proto", "--exclude-imports", "--against", baselinePath]),
};

export const generatedCode: Check = {
  name: "generated code is what the proto files generate",
  async run(root) {
    const fresh = await mkdtemp(join(tmpdir(), "targetd-gen-"));
    try {
      await generate(root, fresh);
      const problems = generations.map(({ out }) => differences(root, fresh, out));
      failOn((await Promise.all(problems)).flat());
    } finally {
      await rm(fresh, { recursive: true });
    }
  },
};

/** Generates code and the description of the API for the proto files of `root` into the folders of `target`. */
export async function generate(root: string, target: string): Promise<void> {
  const made = generations.map(({ template }) =>
    runTool(root, "buf", ["generate", "--template", template, "--output", target]),
  );
  await Promise.all(made);
  // Loaded late, as it needs the code that was just generated: with that missing it could never be made.
  const { writeOpenapi } = await import("../openapi/write.ts");
  await writeOpenapi(root, target);
}

/** Writes the image that later versions are compared with. */
export async function writeBaseline(root: string): Promise<void> {
  await runTool(root, "buf", ["build", "proto", "--exclude-source-info", "-o", baselinePath]);
}

async function differences(root: string, fresh: string, out: string): Promise<string[]> {
  const folders = [join(root, out), join(fresh, out)].map(contents);
  const [before = new Map(), after = new Map()] = await Promise.all(folders);
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths
    .filter((path) => before.get(path) !== after.get(path))
    .map((path) => `${out}/${path} is out of date; run npm run gen`);
}

async function contents(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  const texts = await Promise.all(paths.map((path) => readFile(join(folder, path), "utf8")));
  return new Map(paths.map((path, index) => [path, texts[index] ?? ""]));
}
