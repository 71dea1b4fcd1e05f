/**
 * `npm start`: the server for development. It builds the web console first where that is missing or
 * older than its sources. All is one process, so that signals of npm reach the server.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { isStale } from "./console/stale.ts";

const root = join(import.meta.dirname, "..");

if (isStale(root)) {
  if (existsSync(join(root, "node_modules/vite"))) {
    const { buildConsole, builtText } = await import("./console/build.ts");
    console.log(builtText(await buildConsole(root)));
  } else {
    console.error("the web console is not built: that takes the development packages of npm ci");
  }
}

process.argv.splice(2, 0, "serve", "--dev");
await import("../src/main.ts");
