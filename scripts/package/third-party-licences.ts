/** THIRD-PARTY-LICENSES.txt: under which terms the package uses what others wrote. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const lockfile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      license: z.string().optional(),
      dev: z.boolean().default(false),
      optionalDependencies: z.record(z.string(), z.string()).default({}),
    }),
  ),
});

/** One package that is installed with targetd. */
export interface ThirdParty {
  readonly name: string;
  readonly version: string;
  /** SPDX expression. */
  readonly licence: string;
  /** The files in which the package states its terms, one after the other. */
  readonly text: string;
}

/**
 * Everything that `npm install targetd` brings besides targetd, by name, and what is in the console.
 *
 * @param root folder of the repository, with what `npm ci` installs
 * @param bundled names of the packages in the console, which are needed for development only
 * @throws Error when a package is not installed or states no terms
 */
export function thirdParties(root: string, bundled: readonly string[]): ThirdParty[] {
  const { packages } = lockfile.parse(
    JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")),
  );
  // Node itself, for development; those who install the package have it.
  const own = new Set(Object.keys(packages[""]?.optionalDependencies ?? {}));
  return Object.entries(packages)
    .filter(([path]) => path !== "")
    .map(([path, entry]) => ({ path, name: nameOf(path), ...entry }))
    .filter(({ name, dev }) => !dev || bundled.includes(name))
    .filter(({ name }) => !own.has(name))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ path, name, version = "", license: licence }) => {
      if (licence === undefined) throw new Error(`${name} names no licence`);
      return { name, version, licence, text: termsOf(join(root, path)) };
    });
}

/** `node_modules/a/node_modules/@b/c` is `@b/c`. */
function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
}

function termsOf(folder: string): string {
  if (!existsSync(folder)) throw new Error(`${folder} is not installed`);
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  return files
    .sort()
    .map((file) => readFileSync(join(folder, file), "utf8").trim())
    .join("\n\n");
}

const introduction = `targetd is under the Apache License 2.0, see LICENSE. It is installed with the packages
below, or has code of theirs in its web console (web/dist); they are under terms of their own. The code in gen/ is generated from proto files, some of which
others wrote: google/ (Google LLC, Apache-2.0), grpc/ (the gRPC authors, Apache-2.0) and buf/validate (Buf
Technologies, Inc., Apache-2.0).
`;

/** The file as a whole. */
export function thirdPartyLicences(root: string, bundled: readonly string[]): string {
  const line = "-".repeat(80);
  const parts = thirdParties(root, bundled).map(({ name, version, licence, text }) =>
    [
      line,
      `${name} ${version} (${licence})`,
      "",
      text || `No text; the terms are those of ${licence}.`,
      "",
    ].join("\n"),
  );
  return [introduction, ...parts].join("\n");
}
