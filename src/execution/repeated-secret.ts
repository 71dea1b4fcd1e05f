/** Finds what a log must not show in what a receiver answered: some answer with what they were sent. */

/** Shorter parts of values are too likely to be there by chance, and too short for a secret. */
const shortestPart = 6;

/** Parts of signatures that are shorter are times, or say how the signature was made. */
const shortestSignature = 32;

/** Who repeats so much of a part repeats it. Bounds what a comparison costs. In bytes. */
const comparedBytes = 64;

/** With more parts than this to look for, every answer counts as one that repeats some. */
export const mostParts = 256;

/** What was sent with a call. */
export interface SentSecrets {
  /** Values of the headers that the target's owner set. */
  readonly headerValues: Iterable<string>;
  readonly signatures: Iterable<string>;
}

/**
 * Tells whether a text, or the bytes of one, repeats what was sent.
 *
 * @param within bytes from the beginning in which that must begin; nothing is read further behind
 *   them than it takes to tell. Everywhere by default.
 */
export type FindSecret = (answered: string | Buffer, within?: number) => boolean;

/**
 * Returns a function that tells whether an answer repeats a value, or a part of it between spaces,
 * commas, semicolons or equals signs, as it is or escaped as in JSON. What it does is bounded by the
 * length of the answer, however many and however long the values are.
 */
export function secretFinder({ headerValues, signatures }: SentSecrets): FindSecret {
  let finder: ((text: string, within: number) => boolean) | undefined;
  let values: readonly string[] | undefined;
  return (answered, within = Infinity) => {
    if (answered.length < shortestPart) return false;
    values ??= [...headerValues];
    if (values.length === 0 && answered.length < shortestSignature) return false;
    const text = bytesAsText(answered, within + comparedBytes);
    if (values.length === 0 && !longPart.test(text)) return false;
    finder ??= partFinder([
      ...partsOf(values, shortestPart),
      ...partsOf(signatures, shortestSignature),
    ]);
    return finder(text, within);
  };
}

/** A text without it repeats no signature. */
const longPart = new RegExp(`[^\\s,;=]{${shortestSignature}}`);

function partsOf(values: Iterable<string>, shortest: number): string[] {
  return [...values]
    .flatMap((value) => value.split(/[\s,;=]+/))
    .filter(({ length }) => length >= shortest);
}

/** A text with a character for each byte, so that no place in it is within a character. */
function bytesAsText(text: string | Buffer, most: number): string {
  if (typeof text !== "string") return text.subarray(0, most).toString("latin1");
  const isAscii = Buffer.byteLength(text) === text.length;
  return isAscii ? text.slice(0, most) : bytesAsText(Buffer.from(text), most);
}

const inJson = (text: string) => JSON.stringify(text).slice(1, -1);

/** Looks at each place of a text once, for all parts together. */
function partFinder(parts: readonly string[]): (text: string, within: number) => boolean {
  if (parts.length > mostParts) return () => true;
  const wanted = leastParts(
    parts.flatMap((part) => [part, inJson(part)]).map((part) => bytesAsText(part, comparedBytes)),
  );
  const beginnings = new Set(wanted.map((part) => part.charCodeAt(0)));
  return (text, within) => {
    const end = Math.min(within, text.length);
    for (let at = 0; at < end; at++) {
      if (!beginnings.has(text.charCodeAt(at))) continue;
      const rest = text.slice(at, at + comparedBytes);
      const part = lastUpTo(wanted, rest);
      if (part !== undefined && rest.startsWith(part)) return true;
    }
    return false;
  };
}

/**
 * Sorts parts, and leaves out those that begin with another, which say no more. The only one of the
 * rest with which a text can begin is then the last one that is not behind the text.
 */
function leastParts(parts: readonly string[]): readonly string[] {
  const least: string[] = [];
  for (const part of parts.toSorted(byBytes)) {
    const before = least.at(-1);
    if (before === undefined || !part.startsWith(before)) least.push(part);
  }
  return least;
}

const byBytes = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** The last one in a sorted list that is not behind a text. */
function lastUpTo(sorted: readonly string[], text: string): string | undefined {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? "") <= text) low = middle + 1;
    else high = middle;
  }
  return sorted[low - 1];
}
