/** `npm run build:console`: makes the files of the web console, web/dist, of web/ and gen/. */
import { join } from "node:path";
import { buildConsole, builtText } from "./console/build.ts";

console.log(builtText(await buildConsole(join(import.meta.dirname, ".."))));
