/** What a browser keeps for a page; where it does not allow that, nothing is kept. */

/** Reads, keeps or, without a value, removes texts in a storage that may be forbidden. */
export interface Kept {
  get(name: string): string | undefined;
  set(name: string, value: string | undefined): void;
}

/** For the tab, across reloads. */
export const keptForTab: Kept = keptIn(() => sessionStorage);

/** For every later visit. */
export const keptForGood: Kept = keptIn(() => localStorage);

/** @param storage throws where the browser was told to keep nothing */
function keptIn(storage: () => Storage): Kept {
  return {
    get: (name) => attempt(() => storage().getItem(name)) ?? undefined,
    set(name, value) {
      attempt(() => {
        if (value === undefined) storage().removeItem(name);
        else storage().setItem(name, value);
      });
    },
  };
}

function attempt<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}
