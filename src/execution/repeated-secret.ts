/** Finds what a log must not show in what a receiver answered: some answer with what they were sent. */

/** Shorter parts of values are too likely to be there by chance, and too short for a secret. */
const shortestPart = 6;

/** Parts of signatures that are shorter are times, or say how the signature was made. */
const shortestSignature = 32;

/** What was sent with a call. */
export interface SentSecrets {
  /** Values of the headers that the target's owner set. */
  readonly headerValues: Iterable<string>;
  readonly signatures: Iterable<string>;
}

/** Tells whether a text, or the bytes of one, repeats what was sent. */
export type FindSecret = (answered: string | Buffer) => boolean;

/**
 * Returns a function that tells whether an answer repeats a value, or a part of it between spaces,
 * commas, semicolons or equals signs, as it is or escaped as in JSON.
 */
export function secretFinder({ headerValues, signatures }: SentSecrets): FindSecret {
  let wanted: readonly string[] | undefined;
  return (answered) => {
    if (answered.length < shortestPart) return false;
    wanted ??= [...partsOf(headerValues, shortestPart), ...partsOf(signatures, shortestSignature)];
    return wanted.some((part) => answered.includes(part));
  };
}

function partsOf(values: Iterable<string>, shortest: number): string[] {
  return [...values]
    .flatMap((value) => value.split(/[\s,;=]+/))
    .filter(({ length }) => length >= shortest)
    .flatMap((part) => [...new Set([part, inJson(part)])]);
}

const inJson = (text: string) => JSON.stringify(text).slice(1, -1);
