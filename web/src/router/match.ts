/** Finds the page of a path. */
import type { ComponentType } from "preact";

/** What a page gets. */
export interface PageProps {
  /** The named parts of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
}

/** A page and where it is. */
export interface Route {
  /** Path in the syntax of URLPattern, for instance "/ui/targets/:id". */
  readonly path: string;
  /** The entry of the navigation that is marked on this page. */
  readonly section: string;
  readonly page: ComponentType<PageProps>;
}

export interface RouteMatch<R> {
  readonly route: R;
  readonly params: Readonly<Record<string, string>>;
}

/** The first route that fits the path, which may end with a slash. */
export function matchRoute<R extends Pick<Route, "path">>(
  routes: readonly R[],
  path: string,
): RouteMatch<R> | undefined {
  const pathname = path === "/ui/" ? path : path.replace(/\/$/, "");
  for (const route of routes) {
    const groups = new URLPattern({ pathname: route.path }).exec({ pathname })?.pathname.groups;
    if (groups !== undefined) return { route, params: decoded(groups) };
  }
  return undefined;
}

function decoded(groups: Record<string, string | undefined>): Record<string, string> {
  const pairs = Object.entries(groups).map(([name, value = ""]) => [name, decodedPart(value)]);
  return Object.fromEntries(pairs);
}

/** A part with a bad escape names nothing that exists, so it may stay as it is. */
function decodedPart(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
