/**
 * The web console at /ui: files that `npm run build:console` makes of web/. They are the same for everybody,
 * so no credential is needed for them; the console asks its user for a token and calls the API with it.
 *
 * All files are read at the start. A path is looked up among them and never turned into the name of a
 * file.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ApiError } from "../errors/api-error.ts";
import type { OpsDoor } from "./ops.ts";
import {
  type HttpRequest,
  type HttpResponse,
  headerOf,
  pathOf,
  type RequestHead,
} from "./request.ts";
import { endAnswer } from "./rest/answer.ts";
import { answerFile, type StaticFile, sendError, staticFile } from "./static-file.ts";

const builtFiles = fileURLToPath(new URL("../../web/dist/", import.meta.url));

/**
 * The console loads its own script and style and calls the server that it came from, and nothing else.
 * Text can become neither script nor markup, whatever came into it.
 */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const pageHeaders = {
  "content-security-policy": pagePolicy,
  "cross-origin-opener-policy": "same-origin",
  "referrer-policy": "no-referrer",
};

/** What is served; other files beside them are not. */
const types: ReadonlyMap<string, string> = new Map([
  [".html", "text/html; charset=utf-8"],
  [".js", "text/javascript; charset=utf-8"],
  [".css", "text/css; charset=utf-8"],
  [".svg", "image/svg+xml"],
]);

/** Compressed copies beside a file, the best one first. */
const codings = [
  { coding: "br", extension: ".br" },
  { coding: "gzip", extension: ".gz" },
] as const;

/** The same file as it is sent to different clients. */
interface Variants {
  readonly plain: StaticFile;
  readonly encoded: readonly { readonly coding: string; readonly file: StaticFile }[];
}

/** Addresses of pages: which one it is, the console finds out itself. Files have a dot in their names. */
const pagePattern = /^\/ui(?:\/[^.]*)?$/;

/** @param folder what the build made; where it is missing, /ui says how to make it */
export function createConsoleDoor(folder: string = builtFiles): OpsDoor {
  const files = existsSync(join(folder, "index.html")) ? readFiles(folder) : undefined;
  return {
    serves: (path, request) =>
      path === "/ui" ||
      path.startsWith("/ui/") ||
      (path === "/" && files !== undefined && request !== undefined && wantsPage(request)),
    handle(request, response) {
      const path = pathOf(request);
      if (files === undefined) sendError(request, response, notBuilt());
      else if (path === "/") leadToConsole(request, response);
      else {
        const found = files.get(pagePattern.test(path) ? "/ui/index.html" : path);
        answerFile(request, response, found && variantFor(request, found));
      }
    },
  };
}

const notBuilt = () =>
  new ApiError("unknownPath", {
    detail: "the console was not built; `npm run build:console` does that",
  });

/** People who open the server in a browser are led to the console; programs get what they always got. */
function wantsPage(request: RequestHead): boolean {
  const reads = request.method === "GET" || request.method === "HEAD";
  return reads && headerOf(request, "accept")?.includes("text/html") === true;
}

function leadToConsole(request: HttpRequest, response: HttpResponse): void {
  response.statusCode = 302;
  response.setHeader("location", "/ui/");
  response.setHeader("vary", "accept");
  response.setHeader("cache-control", "no-cache");
  response.setHeader("content-length", "0");
  endAnswer(request, response);
}

function readFiles(folder: string): ReadonlyMap<string, Variants> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const served = names.flatMap((name) => {
    const type = types.get(extname(name));
    return type === undefined ? [] : [{ name, type }];
  });
  return new Map(
    served.map(({ name, type }) => [
      `/ui/${name.replaceAll("\\", "/")}`,
      read(join(folder, name), type),
    ]),
  );
}

function read(path: string, type: string): Variants {
  const page = type.startsWith("text/html");
  const shared = {
    type,
    // The other names change with what is in the files.
    ...(/-[\w-]{8}\.\w+$/.test(path) && { cacheControl: "public, max-age=31536000, immutable" }),
  };
  const headers = { vary: "accept-encoding", ...(page && pageHeaders) };
  const encoded = codings
    .filter(({ extension }) => existsSync(path + extension))
    .map(({ coding, extension }) => ({
      coding,
      file: staticFile({
        ...shared,
        body: readFileSync(path + extension),
        headers: { ...headers, "content-encoding": coding },
      }),
    }));
  return { plain: staticFile({ ...shared, body: readFileSync(path), headers }), encoded };
}

function variantFor(request: HttpRequest, { plain, encoded }: Variants): StaticFile {
  const accepted = acceptedCodings(headerOf(request, "accept-encoding") ?? "");
  return encoded.find(({ coding }) => accepted.has(coding))?.file ?? plain;
}

/** RFC 9110 section 12.5.3, without `*`, which no browser sends; a quality of 0 refuses. */
function acceptedCodings(header: string): ReadonlySet<string> {
  const entries = header.split(",").map((entry) =>
    entry
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/),
  );
  const accepted = entries.filter(([, quality = ""]) => !/^q=0(?:\.0*)?$/.test(quality));
  return new Set(accepted.map(([coding = ""]) => coding));
}
