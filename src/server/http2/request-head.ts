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

const heads = new WeakMap<HeaderList, RequestHead | "malformed">();

/**
 * Reads the header list of a request.
 *
 * @returns undefined for one that is malformed
 */
export function requestHead(list: HeaderList): RequestHead | undefined {
  let head = heads.get(list);
  if (head === undefined) {
    head = readHead(list.fields) ?? "malformed";
    heads.set(list, head);
  }
  return head === "malformed" ? undefined : head;
}

/** Tells whether the fields after the body of a request are well-formed (section 8.1). */
export function areTrailers({ fields }: HeaderList): boolean {
  return pairsOf(fields).every(isField);
}

type Fields = Record<string, string | string[]>;

function readHead(fields: readonly string[]): RequestHead | undefined {
  const pairs = pairsOf(fields);
  const regular = pairs.findIndex(([name]) => !name.startsWith(":"));
  const pseudo = regular < 0 ? pairs : pairs.slice(0, regular);
  const others = pairs.slice(pseudo.length);
  if (!arePseudo(pseudo) || !others.every(isField)) return undefined;
  const lengths = others.filter(([name]) => name === "content-length");
  if (lengths.length > 1 || !lengths.every(([, value]) => /^\d{1,15}$/.test(value))) {
    return undefined;
  }
  const headers: Fields = Object.create(null);
  for (const pair of pairs) addField(headers, pair);
  if (!isRequest(headers)) return undefined;
  const [[, length] = []] = lengths;
  return {
    headers,
    rawHeaders: fields,
    contentLength: length === undefined ? undefined : Number(length),
  };
}

/** A name and a value. */
type Pair = readonly [string, string];

function pairsOf(fields: readonly string[]): Pair[] {
  const pairs: Pair[] = [];
  for (let at = 0; at < fields.length; at += 2)
    pairs.push([fields[at] ?? "", fields[at + 1] ?? ""]);
  return pairs;
}

const token = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
/** What neither a method nor a part of a URI has (section 8.3.1). */
const spaceOrControl = /[\0- \x7f]/;

/** Section 8.2.1. */
const forbiddenInValues = /[\0\r\n]|^[\t ]|[\t ]$/;

function isValue(value: string): boolean {
  return !forbiddenInValues.test(value);
}

/** They come first, and each once. */
function arePseudo(pairs: readonly Pair[]): boolean {
  const names = new Set(pairs.map(([name]) => name));
  if (names.size < pairs.length) return false;
  return pairs.every(([name, value]) => pseudoNames.has(name) && !spaceOrControl.test(value));
}

function isField([name, value]: Pair): boolean {
  if (!token.test(name) || !isValue(value) || connectionNames.has(name)) return false;
  return name !== "te" || value.toLowerCase() === "trailers";
}

function addField(headers: Fields, [name, value]: Pair): void {
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
