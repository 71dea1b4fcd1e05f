/**
 * How deep executions are nested (contract.md section 10): each call to a target says in a header
 * how many executions it stands below, and a receiver passes the header on when it calls back.
 */
import type { Chain } from "../domain/delivery.ts";
import { ApiError } from "../errors/api-error.ts";
import { readTraceparent } from "./traceparent.ts";

/** The header, in calls to targets and in calls that receivers make. */
export const depthHeader = "targetd-depth";

/** Deepest nesting of executions. */
const maxDepth = 4;

/**
 * The depth of the calls that an execution makes on behalf of this call.
 *
 * @param header the header of the call; undefined means it stands below no execution
 * @throws ApiError tooDeep; malformed when it is no whole number
 */
export function depthBelow(header: string | undefined): number {
  if (header === undefined) return 1;
  if (!/^\d{1,9}$/.test(header)) {
    throw new ApiError("malformed", { detail: `the header ${depthHeader} must be a whole number` });
  }
  const depth = Number(header);
  if (depth >= maxDepth) throw new ApiError("tooDeep", { metadata: { depth: header } });
  return depth + 1;
}

/**
 * What a call hands on to the calls that it causes, at once or by way of deliveries.
 *
 * @param header reads the headers of the call
 * @throws ApiError as {@link depthBelow}
 */
export function chainBelow(header: (name: string) => string | undefined): Chain {
  return {
    depth: depthBelow(header(depthHeader)),
    traceparent: readTraceparent(header("traceparent")),
  };
}
