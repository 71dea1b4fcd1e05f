/** The address bar as a signal, and the ways to change it. */
import { signal } from "@preact/signals";
import { changedQuery } from "./query.ts";
import { mayLeave } from "./unsaved.ts";

export interface Location {
  readonly path: string;
  /** Filters and whatever else a link to the page must bring along. */
  readonly query: URLSearchParams;
  /** Another one with each navigation, back and forth included, but not with a changed filter. */
  readonly visit: number;
  /** How far the page had been scrolled when the user left it, in pixels. */
  readonly scroll: number;
  /** In the history of the tab: one more with each step forth. */
  readonly place: number;
}

// Pages are rendered after the browser would scroll.
history.scrollRestoration = "manual";

const current = signal(read(0, 0));

/** Where the user is. */
export const location: { readonly value: Location } = current;

window.addEventListener("popstate", arrive);
window.addEventListener("scrollend", keepState);
placeEntry(current.value);

/** On the way to where a user stays. */
let returning = false;

/** The browser is there already, so a user who wants to stay is taken back. */
function arrive(): void {
  if (returning) {
    returning = false;
    return;
  }
  const { path, query, visit, place } = current.value;
  // Only a new fragment has no place yet: the next one.
  const next = read(visit + 1, place + 1);
  const isElsewhere = next.path !== path || next.query.toString() !== query.toString();
  if (isElsewhere && next.place !== place && !mayLeave()) {
    returning = true;
    history.go(place - next.place);
    return;
  }
  placeEntry(next);
  current.value = next;
}

/**
 * Goes to an address of the console without asking whether changes are to be lost.
 *
 * @param address path with query, for instance "/ui/deliveries?target=1"
 */
export function navigate(address: string): void {
  const { visit, place } = current.value;
  keepState();
  history.pushState({ place: place + 1 }, "", address);
  current.value = read(visit + 1, place + 1);
}

/** Goes there without a way back to this place, and without a visit of another page. */
export function redirect(address: string): void {
  const { visit, place } = current.value;
  history.replaceState({ place }, "", address);
  current.value = read(visit, place);
}

/** @param place where the history has none */
function read(visit: number, place: number): Location {
  const { pathname: path, search } = window.location;
  return {
    path,
    query: new URLSearchParams(search),
    visit,
    scroll: kept("scroll") ?? 0,
    place: kept("place") ?? place,
  };
}

function kept(name: "scroll" | "place"): number | undefined {
  const state: unknown = history.state;
  if (typeof state !== "object" || state === null) return undefined;
  const value: unknown = Object.entries(state).find(([key]) => key === name)?.[1];
  return typeof value === "number" ? value : undefined;
}

/** Says in the history where the entry stands in it. */
function placeEntry({ scroll, place }: Location): void {
  if (kept("place") === undefined) history.replaceState({ scroll, place }, "");
}

function keepState(): void {
  if (returning) return;
  history.replaceState({ scroll: window.scrollY, place: current.value.place }, "");
}

/** Changes parameters of the query in place; an empty value or undefined removes one. */
export function setQuery(changes: Readonly<Record<string, string | undefined>>): void {
  redirect(addressOf(current.value.path, changedQuery(current.value.query, changes)));
}

function addressOf(path: string, query: URLSearchParams): string {
  const text = query.toString();
  return text === "" ? path : `${path}?${text}`;
}
