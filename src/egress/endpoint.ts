/** Endpoints taken apart, once for all calls to them. */
import { BoundedCache } from "../bounded-cache.ts";
import { type Route, routeOf } from "./resolve.ts";

export interface Endpoint {
  readonly href: string;
  /** As `URL.origin`. */
  readonly origin: string;
  /** Path and query. */
  readonly path: string;
  readonly route: Route;
}

/** Two kilobytes each at most. */
const known = new BoundedCache<Endpoint>(1000);

/** @param text a URL of http or https; passed endpointProblem */
export function endpointOf(text: string): Endpoint {
  return known.get(text, () => {
    const url = new URL(text);
    const { href, origin, pathname, search } = url;
    return Object.freeze({ href, origin, path: pathname + search, route: routeOf(url) });
  });
}
