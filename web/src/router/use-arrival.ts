/** What a browser does after it has loaded a page, for pages that are not loaded. */
import { useEffect, useRef } from "preact/hooks";
import type { Location } from "./location.ts";

/**
 * Moves the focus to the heading of the page, so that screen readers notice the navigation, and scrolls
 * to where the user was. The first page leaves the focus where the browser put it.
 */
export function useArrival({ visit, scroll }: Location): void {
  const first = useRef(visit);
  useEffect(() => {
    if (visit === first.current && scroll === 0) return;
    if (visit !== first.current) {
      document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true });
    }
    return scrollWhenLongEnough(scroll);
  }, [visit]);
}

/** How long a page may take to be as long as it was, in milliseconds. */
const patience = 2_000;

/** @returns gives up */
function scrollWhenLongEnough(top: number): () => void {
  const end = performance.now() + patience;
  let frame = 0;
  const attempt = () => {
    const longest = document.documentElement.scrollHeight - window.innerHeight;
    if (longest >= top || performance.now() > end) window.scrollTo(0, top);
    else frame = requestAnimationFrame(attempt);
  };
  attempt();
  return () => cancelAnimationFrame(frame);
}
