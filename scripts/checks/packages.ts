/** Checks of package.json and package-lock.json. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type Check, failOn } from "./check.ts";

const versions = z.record(z.string(), z.string()).default({});

const manifest = z.object({
  dependencies: versions,
  devDependencies: versions,
  optionalDependencies: versions,
});

const lockfile = z.object({
  packages: z.record(z.string(), z.object({ resolved: z.string().optional() })),
});

export const exactVersions: Check = {
  name: "package.json names exact versions",
  async run(root) {
    const wanted = await readJson(join(root, "package.json"), manifest);
    const problems = Object.values(wanted)
      .flatMap((group) => Object.entries(group))
      .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
      .map(([name, version]) => `${name}: ${version}`);
    failOn(problems);
  },
};

// Two copies would be two registries: messages of one are not messages of the other.
export const oneProtobuf: Check = {
  name: "there is one copy of @bufbuild/protobuf",
  async run(root) {
    const { packages } = await readJson(join(root, "package-lock.json"), lockfile);
    const copies = Object.keys(packages).filter((path) =>
      path.endsWith("node_modules/@bufbuild/protobuf"),
    );
    failOn(copies.length === 1 ? [] : ["copies in package-lock.json:", ...copies]);
  },
};

// With addresses in it, npm ci would insist on the registry of whoever wrote the file.
export const noAddresses: Check = {
  name: "package-lock.json holds no download addresses",
  async run(root) {
    const { packages } = await readJson(join(root, "package-lock.json"), lockfile);
    const problems = Object.entries(packages)
      .filter(([, { resolved }]) => resolved !== undefined)
      .map(([path, { resolved }]) => `${path}: ${resolved}`);
    failOn(problems);
  },
};

async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  return schema.parse(JSON.parse(await readFile(path, "utf8")));
}
