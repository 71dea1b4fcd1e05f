/**
 * The changes of a target as a list, from the last one back. Each tells the number of the one before it, and
 * the row of the target tells that of the last. So a change costs a few bytes in rows that are written anyway,
 * where an index would have it write one more page.
 *
 * So that what is far back is found in few steps, every 32nd change of a target also tells the 32nd before it,
 * every 1,024th the 1,024th before it, and so on.
 */
import { StoreError } from "../store.ts";

/** How many changes the next longer leap skips. */
const stride = 32;

export interface History {
  /** Changes in the list, those that were pruned included. */
  readonly count: number;
  /** The number of the last change, of the last 32nd one, of the last 1,024th one, and so on. */
  readonly last: readonly number[];
}

/** What a change tells of its place in the list. */
export interface Link {
  /** Its own number. */
  readonly change: number;
  /** That of the one before it. */
  readonly previous: number | undefined;
  /** That of one further back. */
  readonly leap: number | undefined;
}

export const noHistory: History = { count: 0, last: [] };

/** Adds a change at the end. */
export function extended(
  { count, last }: History,
  change: number,
): { readonly history: History; readonly link: Link } {
  const level = levelOf(count + 1);
  const link = { change, previous: last[0], leap: last.slice(1, level + 1).at(-1) };
  const next = [...last];
  for (let passed = 0; passed <= level; passed += 1) next[passed] = change;
  return { history: { count: count + 1, last: next }, link };
}

/** How often the stride divides a place. */
function levelOf(place: number): number {
  let level = 0;
  for (let rest = place; rest % stride === 0; rest /= stride) level += 1;
  return level;
}

/** As the row of a target has it: the count, then what was last. */
export const historyText = ({ count, last }: History): string => JSON.stringify([count, ...last]);

/** @throws StoreError `broken` when it is nothing that {@link historyText} has made */
export function readHistory(text: string | null): History {
  if (text === null) return noHistory;
  if (!numbers.test(text)) throw new StoreError("broken", "the history of a target cannot be read");
  const [count = 0, ...last] = text.slice(1, -1).split(",").map(Number);
  return { count, last };
}

const numbers = /^\[\d{1,15}(?:,\d{1,15})*\]$/;

/** What {@link firstBelow} asks of a change; undefined when it was pruned. */
export type Links = (change: number) => StoredLink | undefined;

export interface StoredLink {
  readonly previous: number | null;
  readonly leap: number | null;
}

/**
 * The latest change of a list that is below a number.
 *
 * @param last of the list
 * @returns 0 when there is none; the change may have been pruned
 * @throws StoreError `broken` when a change does not lead back, which would go on for ever
 */
export function firstBelow(bound: number, last: number, links: Links): number {
  let change = last;
  while (change >= bound) {
    const found = links(change);
    if (found === undefined) return 0;
    const { previous, leap } = found;
    const next = leap !== null && leap >= bound ? leap : (previous ?? 0);
    if (next >= change) throw new StoreError("broken", "a change leads to none before it");
    change = next;
  }
  return change;
}
