/** Which rows of a long list are near the part of the page that is seen. */
import {
  observeWindowOffset,
  observeWindowRect,
  Virtualizer,
  windowScroll,
} from "@tanstack/virtual-core";
import type { RefObject } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";

export interface VirtualRows {
  /** Indexes of the rows to render. */
  readonly indexes: readonly number[];
  /** Heights in pixels of what is not rendered, above and below. */
  readonly before: number;
  readonly after: number;
}

export interface VirtualRowsOptions {
  readonly count: number;
  /** The element whose top is the top of the first row. */
  readonly list: RefObject<HTMLElement | null>;
}

/** Height of every row in rem, as in styles/table.css. */
const rowHeight = 3.375;

/** Height of every row in pixels. */
export function rowPixels(): number {
  return rowHeight * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
}

/** Follows the scrolling of the window. */
export function useVirtualRows({ count, list }: VirtualRowsOptions): VirtualRows {
  const [, setVersion] = useState(0);
  const [virtualizer] = useState(
    () =>
      new Virtualizer<Window, Element>({
        count: 0,
        estimateSize: () => 0,
        getScrollElement: () => window,
        scrollToFn: windowScroll,
        observeElementRect: observeWindowRect,
        observeElementOffset: observeWindowOffset,
      }),
  );
  const size = rowPixels();
  virtualizer.setOptions({
    ...virtualizer.options,
    count,
    estimateSize: () => size,
    overscan: 8,
    initialOffset: () => window.scrollY,
    initialRect: { width: window.innerWidth, height: window.innerHeight },
    scrollMargin: topOf(list.current),
    onChange: () => setVersion((last) => last + 1),
  });
  useLayoutEffect(() => virtualizer._didMount(), [virtualizer]);
  useLayoutEffect(() => virtualizer._willUpdate());
  const items = virtualizer.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const rendered = items.length;
  return {
    indexes: items.map(({ index }) => index),
    before: first * size,
    after: Math.max(0, count - first - rendered) * size,
  };
}

/** Distance from the top of the document. */
function topOf(element: HTMLElement | null): number {
  return element === null ? 0 : element.getBoundingClientRect().top + window.scrollY;
}
