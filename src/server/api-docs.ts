/**
 * The description of the API: /openapi.json for programs, /docs for people. They tell nothing that
 * is not public, so no credential is needed. `npm run gen` makes the document and the page of it; the
 * style and the script of the page are beside this file.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { ApiError } from "../errors/api-error.ts";
import { pathOf } from "./connect.ts";
import type { OpsDoor } from "./ops.ts";
import { type HttpRequest, type HttpResponse, headerOf } from "./request.ts";
import { endAnswer, sendAnswer } from "./rest/answer.ts";
import { errorAnswer } from "./rest/json-error.ts";

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

interface Page {
  readonly text: string;
  readonly etag: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Reads the files.
 *
 * @throws Error when one is missing
 */
export function createApiDocsDoor(): OpsDoor {
  const pages = new Map([...kinds].map(([path, kind]) => [path, read(kind)]));
  return {
    serves: (path) => pages.has(path),
    handle(request, response) {
      const page = pages.get(pathOf(request));
      if (page === undefined) {
        sendAnswer(request, response, errorAnswer(new ApiError("unknownPath")));
      } else if (request.method === "GET" || request.method === "HEAD") {
        sendPage(request, response, page);
      } else {
        const error = new ApiError("wrongVerb", { headers: { allow: "GET, HEAD" } });
        sendAnswer(request, response, errorAnswer(error));
      }
    },
  };
}

function read({ file, type, headers }: Kind): Page {
  const text = readFileSync(file, "utf8");
  const etag = `"${createHash("sha256").update(text).digest("base64url")}"`;
  return {
    text,
    etag,
    headers: {
      "content-type": type,
      "content-length": String(Buffer.byteLength(text)),
      "x-content-type-options": "nosniff",
      ...headers,
    },
  };
}

function sendPage(request: HttpRequest, response: HttpResponse, page: Page): void {
  const { text, etag, headers } = page;
  const known = isKnown(headerOf(request, "if-none-match"), etag);
  response.statusCode = known ? 304 : 200;
  // May be kept, but an upgrade of the server must show at once.
  response.setHeader("cache-control", "no-cache");
  response.setHeader("etag", etag);
  for (const [name, value] of Object.entries(known ? {} : headers)) response.setHeader(name, value);
  endAnswer(request, response, known ? "" : text);
}

/** RFC 9110 section 13.1.2; the comparison is the weak one. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = (ifNoneMatch ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes("*") || tags.includes(etag);
}
