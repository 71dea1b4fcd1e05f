/** Rules for the extra request headers of a target (contract.md section 3, settings). */
import type { Violation } from "../errors/api-error.ts";

/** Most headers, as the proto file says. */
const maxHeaders = 20;

/** Longest value, in bytes. */
export const maxHeaderValueBytes = 4096;

/** Names that belong to the connection, the framing, the body, the trace or the signature. */
const reservedNames: ReadonlySet<string> = new Set([
  "accept-encoding",
  "connection",
  "expect",
  "host",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "traceparent",
  "tracestate",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "user-agent",
  "x-zitadel-signature",
  "zitadel-signature",
]);

const reservedPrefixes = ["content-", "targetd-", "webhook-"];
const token = /^[!#$%&'*+\-.^_`|~0-9a-z]{1,100}$/;
const value = /^[\t\x20-\x7e]*$/;

/**
 * Checks names and values. The number of headers is a rule of the proto file.
 *
 * @param headers as given by the caller
 * @returns one violation per mistake; values are never repeated
 */
export function headerViolations(headers: Readonly<Record<string, string>>): Violation[] {
  const entries = Object.entries(headers);
  // The proto file's rule refuses more, whatever they are.
  if (entries.length > maxHeaders) return [];
  const seen = new Set<string>();
  return entries.flatMap(([given, text]) => {
    const name = given.toLowerCase();
    const problem = seen.has(name)
      ? "is given twice; names are compared without case"
      : (nameProblem(name) ?? valueProblem(text));
    seen.add(name);
    return problem === undefined ? [] : [{ field: headerField(given), description: problem }];
  });
}

/** Path of one header in a violation, its name cut to a sane length. */
export function headerField(name: string): string {
  return `headers[${JSON.stringify(name.slice(0, 100))}]`;
}

function nameProblem(name: string): string | undefined {
  if (!token.test(name)) return "must be a header name of 1 to 100 characters (RFC 9110)";
  if (reservedNames.has(name) || reservedPrefixes.some((prefix) => name.startsWith(prefix))) {
    return "is reserved for targetd";
  }
  return undefined;
}

function valueProblem(text: string): string | undefined {
  if (!value.test(text)) return "must have a value of visible ASCII characters, spaces and tabs";
  if (text.length > maxHeaderValueBytes) {
    return `must have a value of at most ${maxHeaderValueBytes} bytes`;
  }
  return undefined;
}
