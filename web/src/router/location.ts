/** The address bar as a signal, and the ways to change it. */
import { signal } from "@preact/signals";
import { changedQuery } from "./query.ts";

export interface Location {
  readonly path: string;
  /** Filters and whatever else a link to the page must bring along. */
  readonly query: URLSearchParams;
}

const read = (): Location => ({
  path: window.location.pathname,
  query: new URLSearchParams(window.location.search),
});

const current = signal(read());

/** Where the user is. */
export const location: { readonly value: Location } = current;

window.addEventListener("popstate", () => {
  current.value = read();
});

/**
 * Goes to an address of the console.
 *
 * @param address path with query, for instance "/ui/deliveries?target=1"
 */
export function navigate(address: string): void {
  history.pushState(null, "", address);
  current.value = read();
}

/** Goes there without a way back to this place, such as after a redirect. */
export function redirect(address: string): void {
  history.replaceState(null, "", address);
  current.value = read();
}

/** Changes parameters of the query in place; an empty value or undefined removes one. */
export function setQuery(changes: Readonly<Record<string, string | undefined>>): void {
  redirect(addressOf(current.value.path, changedQuery(current.value.query, changes)));
}

function addressOf(path: string, query: URLSearchParams): string {
  const text = query.toString();
  return text === "" ? path : `${path}?${text}`;
}
