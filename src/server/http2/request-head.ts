/** What the header list of a request says (RFC 9113 sections 8.1.1, 8.2 and 8.3). */
import type { IncomingHttpHeaders } from "node:http2";
import type { HeaderList } from "./hpack/decoder.ts";

export interface RequestHead {
  /** As Node gives them. Requests with equal headers share one object, so it must not be changed. */
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  /** Bytes of the body, where that is said. */
  readonly contentLength: number | undefined;
}

/** That of a request which is refused unread. */
export const emptyHead: RequestHead = { headers: {}, rawHeaders: [], contentLength: undefined };

const pseudoNames: ReadonlySet<string> = new Set([":method", ":scheme", ":authority", ":path"]);

/** Those of HTTP/1.1 for a single connection (section 8.2.2). */
const connectionNames: ReadonlySet<string> = new Set([
  "connection",
  "proxy-connection",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
]);

/** Of which only the first counts, as Node does it. */
const singleNames: ReadonlySet<string> = new Set([
  "access-control-allow-credentials",
  "access-control-max-age",
  "access-control-request-method",
  "age",
  "authorization",
  "content-encoding",
  "content-language",
  "content-length",
  "content-location",
  "content-md5",
  "content-range",
  "content-type",
  "date",
  "dnt",
  "etag",
  "expires",
  "from",
  "host",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "last-modified",
  "location",
  "max-forwards",
  "proxy-authorization",
  "range",
  "referer",
  "retry-after",
  "tk",
  "upgrade-insecure-requests",
  "user-agent",
  "x-content-type-options",
]);

/**
 * A list and what it says, as a block that comes again gives the same list. In a WeakMap this would cost the
 * lists that do not come again, those of clients that send a deadline, as much as reading them does.
 */
type ReadList = HeaderList & { head?: RequestHead | "malformed" };

/**
 * Reads the header list of a request.
 *
 * @returns undefined for one that is malformed
 */
export function requestHead(list: ReadList): RequestHead | undefined {
  list.head ??= readHead(list.fields) ?? "malformed";
  return list.head === "malformed" ? undefined : list.head;
}

/** Tells whether the fields after the body of a request are well-formed (section 8.1). */
export function areTrailers({ fields }: HeaderList): boolean {
  for (let at = 0; at < fields.length; at += 2) {
    if (!isField(fields[at] ?? "", fields[at + 1] ?? "")) return false;
  }
  return true;
}

type Fields = Record<string, string | string[]>;

function readHead(fields: readonly string[]): RequestHead | undefined {
  const headers: Fields = Object.create(null);
  let arePseudo = true;
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] ?? "";
    const value = fields[at + 1] ?? "";
    arePseudo &&= name.startsWith(":");
    const isGood = arePseudo ? isPseudo(name, value) : isField(name, value);
    // They come first, and each once; as does the length.
    const isTwice = headers[name] !== undefined && (arePseudo || name === "content-length");
    if (!isGood || isTwice) return undefined;
    addField(headers, name, value);
  }
  const length = headers["content-length"];
  if (length !== undefined && !/^\d{1,15}$/.test(`${length}`)) return undefined;
  if (!isRequest(headers)) return undefined;
  const contentLength = length === undefined ? undefined : Number(length);
  return { headers, rawHeaders: fields, contentLength };
}

const token = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
/** What neither a method nor a part of a URI has (section 8.3.1). */
const spaceOrControl = /[\0- \x7f]/;

/** Section 8.2.1, but for the spaces around. */
const forbiddenInValues = /[\0\r\n]/;

function isValue(value: string): boolean {
  return (
    !isSpace(value.charCodeAt(0)) &&
    !isSpace(value.charCodeAt(value.length - 1)) &&
    !forbiddenInValues.test(value)
  );
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function isPseudo(name: string, value: string): boolean {
  return pseudoNames.has(name) && !spaceOrControl.test(value);
}

function isField(name: string, value: string): boolean {
  if (!token.test(name) || !isValue(value) || connectionNames.has(name)) return false;
  return name !== "te" || value.toLowerCase() === "trailers";
}

function addField(headers: Fields, name: string, value: string): void {
  const before = headers[name];
  if (name === "set-cookie") headers[name] = [...(before ?? []), value];
  else if (before === undefined) headers[name] = value;
  else if (name === "cookie") headers[name] = `${before}; ${value}`;
  else if (!singleNames.has(name)) headers[name] = `${before}, ${value}`;
}

/** Section 8.3.1, and 8.5 for CONNECT. */
function isRequest(headers: Fields): boolean {
  const { ":method": method, ":scheme": scheme, ":authority": authority, ":path": path } = headers;
  if (method === "CONNECT") {
    return scheme === undefined && path === undefined && authority !== undefined;
  }
  if (typeof method !== "string" || !token.test(method.toLowerCase())) return false;
  if (!scheme || typeof path !== "string") return false;
  return path.startsWith("/") || (path === "*" && method === "OPTIONS");
}
