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

/**
 * Returns a function that tells whether a body repeats a value, or a part of it between spaces, commas,
 * semicolons or equals signs, as it is or escaped as in JSON.
 */
export function secretFinder({ headerValues, signatures }: SentSecrets): (body: Buffer) => boolean {
  return (body) => {
    const parts = [
      ...partsOf(headerValues, shortestPart),
      ...partsOf(signatures, shortestSignature),
    ];
    return parts.some((part) => body.includes(part) || body.includes(inJson(part)));
  };
}

function partsOf(values: Iterable<string>, shortest: number): string[] {
  return [...values]
    .flatMap((value) => value.split(/[\s,;=]+/))
    .filter(({ length }) => length >= shortest);
}

const inJson = (text: string) => JSON.stringify(text).slice(1, -1);
