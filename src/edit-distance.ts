/**
 * Number of characters to insert, delete or replace to turn one text into the other.
 *
 * @param limit where counting ends: a distance greater than it comes back as Infinity, and the work
 *   grows with the length of the texts times the limit instead of their product
 */
export function editDistance(from: string, to: string, limit = Infinity): number {
  if (Math.abs(from.length - to.length) > limit) return Infinity;
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    // What lies further from the diagonal than the limit takes more edits than it.
    const first = Math.max(1, i - limit);
    const last = Math.min(to.length, i + limit);
    const next: number[] = first === 1 ? [i] : [];
    let least = first === 1 ? i : Infinity;
    for (let j = first; j <= last; j++) {
      const replaced = at(row, j - 1) + (from[i - 1] === to[j - 1] ? 0 : 1);
      const distance = Math.min(replaced, at(row, j) + 1, at(next, j - 1) + 1);
      next[j] = distance;
      least = Math.min(least, distance);
    }
    if (least > limit) return Infinity;
    row = next;
  }
  const distance = at(row, to.length);
  return distance <= limit ? distance : Infinity;
}

/** Cells that were left out are too far away. */
function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
