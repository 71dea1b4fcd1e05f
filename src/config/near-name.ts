/** Finds variables that are set but not read: misspelled names are the commonest mistake. */
import { editDistance } from "../edit-distance.ts";

const prefix = "TARGETD_";

/**
 * One warning for each TARGETD_ variable that nothing reads, with the name that was probably meant.
 * Values are not mentioned: a misspelled secret is still a secret.
 *
 * @param set names of the variables that are set
 * @param known names of the variables that are read
 */
export function unknownVariables(set: readonly string[], known: readonly string[]): string[] {
  return set
    .filter((name) => name.startsWith(prefix) && !known.includes(name))
    .sort()
    .map((name) => {
      const near = nearName(name, known);
      return near === undefined
        ? `${name} is set but means nothing to this version`
        : `${name} is set but means nothing to this version; did you mean ${near}?`;
    });
}

/** The known name that differs least, when it differs little. */
function nearName(name: string, known: readonly string[]): string | undefined {
  const tail = name.slice(prefix.length);
  const allowed = Math.max(1, Math.floor(tail.length / 3));
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    const distance = name.startsWith(`${candidate}_`)
      ? 1
      : editDistance(tail, candidate.slice(prefix.length));
    if (distance <= allowed && distance < (best?.distance ?? Infinity)) {
      best = { name: candidate, distance };
    }
  }
  return best?.name;
}
