/**
 * The description of the API: /openapi.json for programs, /docs for people. They tell nothing that
 * is not public, so no credential is needed. `npm run gen` makes the document and the page of it; the
 * style and the script of the page are beside this file.
 */
import { readFileSync } from "node:fs";
import type { OpsDoor } from "./ops.ts";
import { pathOf } from "./request.ts";
import { answerFile, type StaticFile, staticFile } from "./static-file.ts";

const generated = (file: string) => new URL(`../../gen/openapi/${file}`, import.meta.url);
const own = (file: string) => new URL(`api-docs/${file}`, import.meta.url);

/**
 * The page has nothing but its own two files, so that it works without a network and whatever text
 * came into it cannot do anything.
 */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

interface Kind {
  readonly file: URL;
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const kinds: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ["/openapi.json", { file: generated("openapi.json"), type: "application/json" }],
  [
    "/docs",
    {
      file: generated("docs.html"),
      type: "text/html; charset=utf-8",
      headers: { "content-security-policy": pagePolicy, "referrer-policy": "no-referrer" },
    },
  ],
  ["/docs/docs.css", { file: own("docs.css"), type: "text/css; charset=utf-8" }],
  ["/docs/docs.js", { file: own("docs.js"), type: "text/javascript; charset=utf-8" }],
]);

/**
 * Reads the files.
 *
 * @throws Error when one is missing
 */
export function createApiDocsDoor(): OpsDoor {
  const pages = new Map([...kinds].map(([path, kind]) => [path, read(kind)]));
  return {
    serves: (path) => pages.has(path),
    handle: (request, response) => answerFile(request, response, pages.get(pathOf(request))),
  };
}

function read({ file, type, headers = {} }: Kind): StaticFile {
  return staticFile({ body: readFileSync(file, "utf8"), type, headers });
}
