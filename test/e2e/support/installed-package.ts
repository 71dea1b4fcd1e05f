/** The package as somebody has it who ran `npm install targetd`, far from the repository. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root, runNode, runProgram } from "../../support/process.ts";

/** npm asks no registry and leaves nothing behind. */
export const npmEnv = (folder: string) => ({
  npm_config_offline: "true",
  npm_config_cache: join(folder, "npm-cache"),
  npm_config_update_notifier: "false",
});

/**
 * Builds the package, packs it and installs the tarball.
 *
 * Nothing may be fetched in tests, so this unpacks as npm does, and the packages that the manifest names are
 * links to those of the repository. Whatever it does not name cannot be found from there.
 *
 * @param folder an empty one
 * @returns the folder of an application that depends on targetd
 */
export async function installPackage(folder: string): Promise<string> {
  const built = join(folder, "built");
  await succeed(runNode(["scripts/build.ts", built]));
  const pack = ["pack", built, "--pack-destination", folder, "--json"];
  const packed = await succeed(runProgram("npm", pack, { env: npmEnv(folder) }));
  const [tarball] = /targetd-[\d.]+\.tgz/.exec(packed) ?? [];
  const app = join(folder, "app");
  const modules = join(app, "node_modules");
  const installed = join(modules, "targetd");
  mkdirSync(installed, { recursive: true });
  const unpack = ["-xzf", join(folder, String(tarball)), "-C", installed, "--strip-components=1"];
  await succeed(runProgram("tar", unpack));
  writeFileSync(join(app, "package.json"), '{"private": true, "type": "module"}\n');
  const { bin, dependencies } = readPacked(app);
  // The types of Node are what applications in TypeScript have anyway, with what they need themselves.
  for (const name of [...Object.keys(dependencies), "@types/node", "undici-types"]) {
    link(join(root, "node_modules", name), join(modules, name));
  }
  for (const [name, file] of Object.entries(bin)) {
    link(join(installed, file), join(modules, ".bin", name));
  }
  return app;
}

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

interface Packed {
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** package.json of the installed package. */
export function readPacked(app: string): Packed {
  return JSON.parse(readFileSync(join(app, "node_modules/targetd/package.json"), "utf8")) as Packed;
}

/** Resolves with the output of what must end well. */
async function succeed(ended: ReturnType<typeof runProgram>): Promise<string> {
  const { code, out, err } = await ended;
  if (code !== 0) throw new Error(`exit code ${code}\n${out}${err}`);
  return out;
}
