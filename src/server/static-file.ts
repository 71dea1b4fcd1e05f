/** Files that are the same for everybody, kept in memory and sent again only when they changed. */
import { createHash } from "node:crypto";
import { ApiError } from "../errors/api-error.ts";
import { type HttpRequest, type HttpResponse, headerOf } from "./request.ts";
import { endAnswer, sendAnswer } from "./rest/answer.ts";
import { errorAnswer } from "./rest/json-error.ts";

export interface StaticFile {
  readonly body: string | Uint8Array;
  readonly etag: string;
  /** Of every answer. */
  readonly cacheControl: string;
  /** Of answers with the file, lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface StaticFileParts extends Pick<StaticFile, "body" | "headers"> {
  readonly type: string;
  readonly cacheControl?: string;
}

/** By default it may be kept, but an upgrade of the server shows at once. */
export function staticFile(parts: StaticFileParts): StaticFile {
  const { body, type, headers, cacheControl = "no-cache" } = parts;
  return {
    body,
    etag: `"${createHash("sha256").update(body).digest("base64url")}"`,
    cacheControl,
    headers: {
      "content-type": type,
      "content-length": String(Buffer.byteLength(body)),
      "x-content-type-options": "nosniff",
      ...headers,
    },
  };
}

/** Answers GET and HEAD with the file, if there is one, and everything else with an error. */
export function answerFile(
  request: HttpRequest,
  response: HttpResponse,
  file: StaticFile | undefined,
): void {
  if (file === undefined) {
    sendError(request, response, new ApiError("unknownPath"));
  } else if (request.method === "GET" || request.method === "HEAD") {
    sendFile(request, response, file);
  } else {
    sendError(request, response, new ApiError("wrongVerb", { headers: { allow: "GET, HEAD" } }));
  }
}

/** Answers with an error as REST does. */
export function sendError(request: HttpRequest, response: HttpResponse, error: ApiError): void {
  sendAnswer(request, response, errorAnswer(error));
}

function sendFile(request: HttpRequest, response: HttpResponse, file: StaticFile): void {
  const { body, etag, cacheControl, headers } = file;
  const known = isKnown(headerOf(request, "if-none-match"), etag);
  response.statusCode = known ? 304 : 200;
  response.setHeader("cache-control", cacheControl);
  response.setHeader("etag", etag);
  for (const [name, value] of Object.entries(known ? {} : headers)) response.setHeader(name, value);
  endAnswer(request, response, known ? "" : body);
}

/** RFC 9110 section 13.1.2; the comparison is the weak one. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = (ifNoneMatch ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes("*") || tags.includes(etag);
}
