/** Metrics of the server under test. */

/** A histogram's sum and count so far, over all labels. */
export interface Total {
  readonly sum: number;
  readonly count: number;
}

/** The value of a counter so far, over all labels. */
export async function counterOf(url: string, counter: string): Promise<number> {
  const text = await (await fetch(url)).text();
  const lines = text.matchAll(new RegExp(`^${counter}(?:\\{.*\\})? (\\S+)`, "gm"));
  return [...lines].reduce((total, [, value]) => total + Number(value), 0);
}

/** @param url of the text format of Prometheus */
export async function totalOf(url: string, histogram: string): Promise<Total> {
  const text = await (await fetch(url)).text();
  const add = (suffix: string) => {
    const lines = text.matchAll(new RegExp(`^${histogram}_${suffix}(?:\\{.*\\})? (\\S+)`, "gm"));
    return [...lines].reduce((total, [, value]) => total + Number(value), 0);
  };
  return { sum: add("sum"), count: add("count") };
}
