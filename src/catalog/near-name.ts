/** Guesses which name of the catalogue was meant. */
import { editDistance } from "../edit-distance.ts";

/** Names that are compared letter by letter; more would take too long. */
const maxCompared = 2_000;
const maxDistance = 3;
/** Separators that the given name may have too many or too few. */
const maxSeparators = 10;
/** Longer names are not compared. */
const maxLength = 200;

/**
 * @returns the name that differs only in case or separators, else one that differs by 3 letters or
 *   fewer; undefined when there is none
 */
export function nearName(given: string, names: readonly string[]): string | undefined {
  if (given.length > maxLength) return undefined;
  const plain = letters(given);
  const like = names.filter((name) => Math.abs(name.length - given.length) <= maxSeparators);
  const same = plain === "" ? undefined : like.find((name) => letters(name) === plain);
  if (same !== undefined) return same;
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const name of like.slice(0, maxCompared)) {
    const distance = editDistance(given, name, Math.min(maxDistance, given.length - 1));
    if (distance < (best?.distance ?? Infinity)) best = { name, distance };
  }
  return best?.name;
}

function letters(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}
