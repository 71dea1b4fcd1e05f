/**
 * How many mistakes one error can tell. Over gRPC an error travels in HTTP/2 trailers, its text three
 * times over, and clients take as little as 8 KiB of them; a larger error would end the connection.
 */
import type { ApiErrorOptions, Violation } from "./api-error.ts";

/** Most violations in one error. */
export const maxViolations = 20;
/** Most bytes of all their fields and descriptions. */
const maxBytes = 2560;
/** Most bytes of the text that sums them up. */
const maxTextBytes = 512;

/** The text and the violations of an error, cut where they would become too large. */
export function describeViolations(
  violations: readonly Violation[],
): Required<Pick<ApiErrorOptions, "detail" | "violations">> {
  const texts = violations.slice(0, maxViolations).map(textOf);
  const told = countWithin(texts, maxTextBytes);
  const detail = texts.slice(0, told).join("; ");
  const rest = violations.length - told;
  return {
    detail: rest === 0 ? detail : `${detail}; and ${rest} more`,
    violations: violations.slice(0, countWithin(texts, maxBytes)),
  };
}

/** A violation without a field is about the body as a whole. */
function textOf({ field, description }: Violation): string {
  return field === "" ? `the body ${description}` : `${field}: ${description}`;
}

/** How many texts from the first on fit; at least one. */
function countWithin(texts: readonly string[], limit: number): number {
  let bytes = 0;
  const count = texts.findIndex((text) => {
    bytes += Buffer.byteLength(text);
    return bytes > limit;
  });
  return count === -1 ? texts.length : Math.max(count, 1);
}
