/** Metrics of the server under test. */

/** A histogram's sum and count so far, over all labels. */
export interface Total {
  readonly sum: number;
  readonly count: number;
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
