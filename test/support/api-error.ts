import { ApiError } from "../../src/errors/api-error.ts";
import type { ErrorName } from "../../src/errors/catalogue.ts";
import { catalogue } from "../../src/errors/catalogue.ts";

/** Runs what may fail, and tells with which row of the catalogue; "none" when it does not fail. */
export function errorNameOf(run: () => unknown): ErrorName | "none" {
  try {
    run();
  } catch (thrown) {
    return nameOf(thrown);
  }
  return "none";
}

/** The row that an error was made from. */
export function nameOf(thrown: unknown): ErrorName {
  if (!(thrown instanceof ApiError)) throw thrown;
  const found = Object.entries(catalogue).find(([, { id }]) => id === thrown.entry.id);
  if (found === undefined) throw thrown;
  return found[0] as ErrorName;
}
