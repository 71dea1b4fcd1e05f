/** Decoding of percent escapes, after the raw path has been matched (google/api/http.proto). */
import { ApiError } from "../../errors/api-error.ts";

/** Cuts the target of a request into its raw path and its query, without "?". */
export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const relative = target.startsWith("/") ? target : withoutOrigin(target);
  const mark = relative.indexOf("?");
  if (mark < 0) return { path: relative, query: "" };
  return { path: relative.slice(0, mark), query: relative.slice(mark + 1) };
}

/** RFC 9112 section 3.2.2: a server must also take the absolute form. */
function withoutOrigin(target: string): string {
  return target.replace(/^https?:\/\/[^/?#]*/i, "");
}

/** Decodes a variable that stands for exactly one segment; %2F becomes a slash. */
export function decodeSegment(raw: string, field: string): string {
  return decode(raw, `the path variable ${field}`);
}

/** Decodes a variable of several segments; %2F stays, so that it differs from a separator. */
export function decodeSegments(raw: string, field: string): string {
  const parts = raw.split(/(%2F)/i);
  return parts.map((part, index) => (index % 2 === 1 ? part : decodeSegment(part, field))).join("");
}

/** Decodes a name or value of the query, where "+" stands for a space. */
export function decodeQueryText(raw: string): string {
  return decode(raw.replaceAll("+", " "), "the query");
}

function decode(raw: string, place: string): string {
  if (!raw.includes("%")) return raw;
  try {
    return decodeURIComponent(raw);
  } catch {
    throw new ApiError("malformed", { detail: `${place} has an invalid percent escape` });
  }
}
