/** Guesses which name of the catalogue was meant. */
import { editDistance } from "../edit-distance.ts";

/** Names that are compared letter by letter; more would take too long. */
const maxCompared = 2_000;
const maxDistance = 3;
/** Longer names are not compared. */
const maxLength = 200;

/**
 * @returns the name that differs only in case or separators, else one that differs by 3 letters or
 *   fewer; undefined when there is none
 */
export function nearName(given: string, names: readonly string[]): string | undefined {
  const plain = letters(given);
  const same = names.find((name) => letters(name) === plain);
  if (same !== undefined) return same;
  if (given.length > maxLength) return undefined;
  const close = names.filter((name) => Math.abs(name.length - given.length) <= maxDistance);
  const distances = close
    .slice(0, maxCompared)
    .map((name) => ({ name, distance: editDistance(given, name) }));
  const best = distances.sort((a, b) => a.distance - b.distance)[0];
  return best !== undefined && best.distance <= maxDistance ? best.name : undefined;
}

function letters(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}
