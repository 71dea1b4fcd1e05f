/** Checks of the TypeScript sources. */
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { type Check, failOn } from "./check.ts";
import { runTool } from "./tool.ts";

/** Most lines a source file may have. */
export const maxLines = 300;

const folders = ["src", "test", "scripts", "bench", "web"];
const sourceTypes = new Set([".ts", ".tsx", ".js", ".sql", ".css", ".html", ".proto"]);

/** What is made from other files. */
const generated = /\/gen\/|^dist\//;

export const formatAndLint: Check = {
  name: "biome finds nothing",
  run: (root) => runTool(root, "biome", ["ci", "--error-on-warnings", "--colors=off", "."]),
};

export const types: Check = {
  name: "the types fit",
  async run(root) {
    for (const project of [".", "web"]) {
      await runTool(root, "tsc", ["-p", project, "--pretty", "false"]);
    }
  },
};

export const fileLength: Check = {
  name: `no source file has more than ${maxLines} lines`,
  async run(root) {
    const problems = sources(root, folders).flatMap(({ path, text }) => {
      const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
      return lines > maxLines ? [`${path}: ${lines} lines`] : [];
    });
    failOn(problems);
  },
};

export const noMarkers: Check = {
  name: "no work is left behind in comments",
  async run(root) {
    // The brackets keep this line from finding itself.
    const marker = /\b(?:TO[D]O|FIX[M]E|XX[X])\b/;
    const problems = sources(root, [...folders, "proto"]).flatMap(({ path, text }) =>
      text.split("\n").flatMap((line, index) => {
        const found = marker.exec(line);
        return found === null ? [] : [`${path}:${index + 1}: ${found[0]}`];
      }),
    );
    failOn(problems);
  },
};

interface Source {
  readonly path: string;
  readonly text: string;
}

function sources(root: string, inFolders: readonly string[]): Source[] {
  const present = new Set(readdirSync(root));
  return inFolders
    .filter((folder) => present.has(folder))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((path) => sourceTypes.has(extname(path)) && !generated.test(path))
        .map((path) => join(folder, path)),
    )
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}
