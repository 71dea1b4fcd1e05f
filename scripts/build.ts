/**
 * `npm run build`: makes the folder of the package that npm packs and publishes (docs/releasing.md).
 *
 * Usage: node scripts/build.ts [<folder>], by default dist
 */
import { join } from "node:path";
import { CheckFailure } from "./checks/check.ts";
import { buildPackage } from "./package/build-package.ts";

const root = join(import.meta.dirname, "..");
const [out = join(root, "dist")] = process.argv.slice(2);

try {
  await buildPackage(root, out);
  console.log(`the package is in ${out}; npm pack ${out} makes its tarball`);
} catch (error) {
  if (!(error instanceof CheckFailure)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
