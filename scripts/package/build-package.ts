/** The package as others install it: JavaScript, since Node strips no types below node_modules. */
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { extname, join } from "node:path";
import { CheckFailure } from "../checks/check.ts";
import { runTool } from "../checks/tool.ts";
import { buildConsole } from "../console/build.ts";
import { consoleFolder } from "../console/stale.ts";
import { packedManifest, readManifest } from "./manifest.ts";
import { thirdPartyLicences } from "./third-party-licences.ts";

/** What is compiled. Files of other kinds are read at run time, such as the migrations, and copied. */
const sources = ["src", "gen"];

/** What is there for people. */
const pages = ["README.md", "CHANGELOG.md", "LICENSE"];

const licences = "THIRD-PARTY-LICENSES.txt";

/**
 * Writes the package. The repository itself goes on running from src.
 *
 * @param root folder of the repository, with what `npm ci` installs
 * @param out folder of the package; what an earlier build left there is replaced
 * @throws CheckFailure when the types do not fit, or the folder holds something else
 */
export async function buildPackage(root: string, out: string): Promise<void> {
  clearFolder(out);
  // First, as this file says that the folder is ours to empty.
  writeFileSync(join(out, licences), "");
  const compile = (project: string) => runTool(root, "tsc", ["-p", project, "--outDir", out]);
  await Promise.all([compile("tsconfig.build.json"), compile("tsconfig.types.json")]);
  for (const folder of sources) {
    const filter = (path: string) => extname(path) !== ".ts";
    cpSync(join(root, folder), join(out, folder), { recursive: true, filter });
  }
  const { packages } = await buildConsole(root, join(out, consoleFolder));
  writeFileSync(join(out, licences), thirdPartyLicences(root, packages));
  for (const page of pages) copyFileSync(join(root, page), join(out, page));
  const manifest = packedManifest(readManifest(readFileSync(join(root, "package.json"), "utf8")));
  writeFileSync(join(out, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  for (const file of Object.values(manifest.bin)) chmodSync(join(out, file), 0o755);
}

/** @throws CheckFailure when there is something that no build put there */
function clearFolder(out: string): void {
  const files = existsSync(out) ? readdirSync(out) : [];
  if (files.length > 0 && !files.includes(licences)) {
    throw new CheckFailure(`${out} holds something else than a package; it is left alone`);
  }
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
}
