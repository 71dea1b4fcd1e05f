/**
 * Reads requests of HTTP/1.1 that came as a whole and have nothing unusual about them. It only accepts: what
 * it does not take may still be a proper request, which node:http tells.
 */
import type { IncomingHttpHeaders } from "node:http";
import type { ServerLimits } from "../limits.ts";

/** A request that is here as a whole. */
export interface PlainRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly url: string;
  /** By lower-case names. Requests with the same lines share one object, which must not be changed. */
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

interface Fields {
  readonly headers: IncomingHttpHeaders;
  readonly contentLength: number;
}

const methods: ReadonlySet<string> = new Set(["GET", "POST", "PUT", "PATCH", "DELETE"]);

/** Path and query (RFC 3986 section 3.3), of which any server makes the same. */
const plainTarget = /^\/[A-Za-z0-9\-._~!$&'()*+,;=:@%/?]*$/;

/** One field line (RFC 9112 section 5); no spaces around the value but the usual one. */
const fieldLine = /([A-Za-z0-9-]+): ?((?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?)\r\n/y;

const digits = /^[0-9]{1,9}$/;

/** What says something of the connection, or of how the body is sent. */
const unusual: ReadonlySet<string> = new Set([
  "expect",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const version = " HTTP/1.1";
const headEnd = "\r\n\r\n";

/** Field lines that are remembered, each no longer than this. */
const remembered = { count: 4, bytes: 2048 };

/** Reads the requests of one connection, which mostly repeat their field lines. */
export class PlainRequestReader {
  readonly #limits: Pick<ServerLimits, "headerBytes" | "headerFields">;
  readonly #known = new Map<string, Fields>();

  constructor(limits: Pick<ServerLimits, "headerBytes" | "headerFields">) {
    this.#limits = limits;
  }

  /** @returns undefined for everything but exactly one plain request */
  read(bytes: Buffer): PlainRequest | undefined {
    // Bodies are mostly short: to look for their beginning among the bytes would cost more.
    const text = bytes.toString("latin1", 0, this.#limits.headerBytes);
    const end = text.indexOf(headEnd);
    if (end < 0) return undefined;
    const bodyStart = end + headEnd.length;
    const head = text.slice(0, end + 2);
    const lineEnd = head.indexOf("\r\n");
    const urlEnd = lineEnd - version.length;
    const space = head.indexOf(" ");
    if (space >= urlEnd || !head.startsWith(version, urlEnd)) return undefined;
    const method = head.slice(0, space);
    const url = head.slice(space + 1, urlEnd);
    if (!methods.has(method) || !plainTarget.test(url)) return undefined;
    const fields = this.#fieldsOf(head.slice(lineEnd + 2));
    if (fields?.contentLength !== bytes.length - bodyStart) return undefined;
    return { method, url, headers: fields.headers, body: bytes.subarray(bodyStart) };
  }

  #fieldsOf(lines: string): Fields | undefined {
    const known = this.#known.get(lines);
    if (known !== undefined) return known;
    // A part of a string would keep the whole of it in memory.
    const own = Buffer.from(lines, "latin1").toString("latin1");
    const fields = readFields(own, this.#limits.headerFields);
    if (fields === undefined || own.length > remembered.bytes) return fields;
    if (this.#known.size >= remembered.count) this.#known.clear();
    this.#known.set(own, fields);
    return fields;
  }
}

function readFields(lines: string, maxFields: number): Fields | undefined {
  const headers: IncomingHttpHeaders = {};
  let count = 0;
  fieldLine.lastIndex = 0;
  while (fieldLine.lastIndex < lines.length) {
    const [, sentName, value] = fieldLine.exec(lines) ?? [];
    if (sentName === undefined || value === undefined) return undefined;
    const name = sentName.toLowerCase();
    count += 1;
    if (count > maxFields || unusual.has(name) || Object.hasOwn(headers, name)) return undefined;
    headers[name] = value;
  }
  return withLength(headers);
}

function withLength(headers: IncomingHttpHeaders): Fields | undefined {
  const { host = "", connection = "keep-alive", "content-length": length = "0" } = headers;
  const isPlain = host !== "" && connection.toLowerCase() === "keep-alive" && digits.test(length);
  return isPlain ? { headers, contentLength: Number(length) } : undefined;
}
