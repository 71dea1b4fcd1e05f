/** Headers as the different servers hand them over. */
import { VerificationError } from "./verification-error.ts";

/** `get` of the web's Headers, which is all that is used of them. */
export interface WebHeaders {
  get(name: string): string | null;
}

/** As `IncomingHttpHeaders` of node:http, and plain objects with names in any case. */
export type HeaderRecord = Readonly<Record<string, string | readonly string[] | undefined>>;

export type HeadersInput = WebHeaders | HeaderRecord;

/** Reads a header by its lower-case name; undefined when it is not there. */
export type ReadHeader = (name: string) => string | undefined;

/**
 * @throws TypeError when these are no headers
 * @throws VerificationError repeated-header, from the function that reads
 */
export function headerReader(headers: HeadersInput): ReadHeader {
  if (typeof headers !== "object" || headers === null) {
    throw new TypeError("headers must be Headers or an object of names and values");
  }
  if (isWebHeaders(headers)) return (name) => headers.get(name) ?? undefined;
  return (name) => {
    const values = Object.entries(headers)
      .filter(([each]) => each.toLowerCase() === name)
      .flatMap(([, value]) => value ?? []);
    // Of two values, one could be for this check and the other for whoever reads the headers next.
    if (values.length > 1) throw new VerificationError("repeated-header", name);
    return values[0];
  };
}

/** A plain object may have a header "get", but not a function. */
function isWebHeaders(headers: HeadersInput): headers is WebHeaders {
  return typeof headers.get === "function";
}

/** @throws VerificationError missing-header, repeated-header */
export function requireHeader(read: ReadHeader, name: string): string {
  const value = read(name);
  if (value === undefined || value === "") throw new VerificationError("missing-header", name);
  return value;
}
