/** The address bar as a signal, and the ways to change it. */
import { signal } from "@preact/signals";
import { changedQuery } from "./query.ts";

export interface Location {
  readonly path: string;
  /** Filters and whatever else a link to the page must bring along. */
  readonly query: URLSearchParams;
  /** Another one with each navigation, back and forth included, but not with a changed filter. */
  readonly visit: number;
  /** How far the page had been scrolled when the user left it, in pixels. */
  readonly scroll: number;
}

// Pages are rendered after the browser would scroll.
history.scrollRestoration = "manual";

const current = signal(read(0));

/** Where the user is. */
export const location: { readonly value: Location } = current;

window.addEventListener("popstate", () => {
  current.value = read(current.value.visit + 1);
});
window.addEventListener("scrollend", keepScroll);

/**
 * Goes to an address of the console.
 *
 * @param address path with query, for instance "/ui/deliveries?target=1"
 */
export function navigate(address: string): void {
  keepScroll();
  history.pushState(null, "", address);
  current.value = read(current.value.visit + 1);
}

/** Goes there without a way back to this place, and without a visit of another page. */
export function redirect(address: string): void {
  history.replaceState(null, "", address);
  current.value = read(current.value.visit);
}

function read(visit: number): Location {
  const { pathname: path, search } = window.location;
  const state: unknown = history.state;
  const kept = typeof state === "object" && state !== null && "scroll" in state && state.scroll;
  return {
    path,
    query: new URLSearchParams(search),
    visit,
    scroll: typeof kept === "number" ? kept : 0,
  };
}

function keepScroll(): void {
  history.replaceState({ scroll: window.scrollY }, "");
}

/** Changes parameters of the query in place; an empty value or undefined removes one. */
export function setQuery(changes: Readonly<Record<string, string | undefined>>): void {
  redirect(addressOf(current.value.path, changedQuery(current.value.query, changes)));
}

function addressOf(path: string, query: URLSearchParams): string {
  const text = query.toString();
  return text === "" ? path : `${path}?${text}`;
}
