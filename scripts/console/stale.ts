/** Tells whether the web console must be built again. Nothing of the build is loaded for that. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** What the build writes. */
export const consoleFolder = "web/dist";

/** What the console is made of: its sources, the types of the API, and the packages. */
export const sources: readonly string[] = [
  "web",
  "gen",
  "src/client",
  "src/domain/condition.ts",
  "src/duration.ts",
  "src/rpc/condition-message.ts",
  "package-lock.json",
];

/** True where the console is missing or any of its sources, a folder included, changed after the build. */
export function isStale(root: string): boolean {
  const page = join(root, consoleFolder, "index.html");
  if (!existsSync(page)) return true;
  const built = statSync(page).mtimeMs;
  return sources.some((source) => newest(root, source) > built);
}

/** A folder changes when something in it appears or goes. */
function newest(root: string, path: string): number {
  if (path === consoleFolder) return 0;
  const stat = statSync(join(root, path));
  // The build itself makes its folder in this one.
  const own = path === "web" ? 0 : stat.mtimeMs;
  if (!stat.isDirectory()) return own;
  const inside = readdirSync(join(root, path)).map((name) => newest(root, `${path}/${name}`));
  return Math.max(own, ...inside);
}
