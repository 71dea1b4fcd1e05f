/** Lists whose order matters. */

/** The list with one entry at another place; a place beyond an end is that end. */
export function moved<T>(list: readonly T[], from: number, to: number): readonly T[] {
  const place = Math.max(0, Math.min(to, list.length - 1));
  const entry = list[from];
  if (entry === undefined || place === from) return list;
  const rest = list.toSpliced(from, 1);
  return rest.toSpliced(place, 0, entry);
}

/**
 * The place of an entry that is dragged.
 *
 * @param middles of the entries as they are shown, from the top, in pixels
 * @param y where the dragged one is held, in pixels
 * @param from where it is now
 */
export function placeAt(middles: readonly number[], y: number, from: number): number {
  const above = middles.filter((middle, index) => index !== from && middle < y);
  return above.length;
}
