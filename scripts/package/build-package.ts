/** The package as others install it: JavaScript, since Node strips no types below node_modules. */
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { extname, join } from "node:path";
import { runTool } from "../checks/tool.ts";
import { packedManifest, readManifest } from "./manifest.ts";
import { thirdPartyLicences } from "./third-party-licences.ts";

/** What is copied as it is, besides what src holds that is no TypeScript: the migrations. */
const pages = ["README.md", "CHANGELOG.md", "LICENSE"];

/**
 * Writes the package. The repository itself goes on running from src.
 *
 * @param root folder of the repository, with what `npm ci` installs
 * @param out folder of the package, which is emptied before
 * @throws CheckFailure when the types do not fit
 */
export async function buildPackage(root: string, out: string): Promise<void> {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const compile = (project: string) => runTool(root, "tsc", ["-p", project, "--outDir", out]);
  await Promise.all([compile("tsconfig.build.json"), compile("tsconfig.types.json")]);
  cpSync(join(root, "src"), join(out, "src"), {
    recursive: true,
    filter: (path) => extname(path) !== ".ts",
  });
  for (const page of pages) copyFileSync(join(root, page), join(out, page));
  const manifest = packedManifest(readManifest(readFileSync(join(root, "package.json"), "utf8")));
  writeFileSync(join(out, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  writeFileSync(join(out, "THIRD-PARTY-LICENSES.txt"), thirdPartyLicences(root));
  for (const file of Object.values(manifest.bin)) chmodSync(join(out, file), 0o755);
}
