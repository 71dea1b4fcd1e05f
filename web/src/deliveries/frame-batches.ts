/** Collects what comes faster than the screen can show it. */

/** So that nothing piles up while the page is in the background, where there are no frames. */
const most = 500;

export interface Batches<T> {
  readonly add: (item: T) => void;
  /** Forgets what was not handed over yet. */
  readonly clear: () => void;
}

/** @param take gets what came since the last frame, at most 500 at a time */
export function frameBatches<T>(take: (items: readonly T[]) => void): Batches<T> {
  let items: T[] = [];
  let frame = 0;
  const clear = () => {
    cancelAnimationFrame(frame);
    frame = 0;
    items = [];
  };
  const hand = () => {
    const taken = items;
    clear();
    take(taken);
  };
  return {
    clear,
    add(item) {
      items.push(item);
      if (items.length >= most) hand();
      else if (frame === 0) frame = requestAnimationFrame(hand);
    },
  };
}
