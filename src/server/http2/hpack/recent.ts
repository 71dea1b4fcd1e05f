/** Pairs that are kept: a client mostly repeats the same call, or a few. */
const kept = 4;
/** Larger ones are not kept, for the sake of memory. */
const maxBlockBytes = 2048;

/** What came of the last different header blocks or fields. */
export class Recent<K extends ArrayLike<number | string>, V> {
  readonly #pairs: { readonly key: K; readonly value: V }[] = [];
  readonly #copy: (key: K) => K;
  #replaced = 0;

  /** @param copy makes a key that nobody changes, and that keeps nothing larger in memory */
  constructor(copy: (key: K) => K) {
    this.#copy = copy;
  }

  find(key: K): V | undefined {
    for (const pair of this.#pairs) {
      if (isSame(pair.key, key)) return pair.value;
    }
    return undefined;
  }

  /** @param blockBytes of the header block, which either of the two is */
  add(key: K, value: V, blockBytes: number): void {
    if (blockBytes > maxBlockBytes) return;
    this.#pairs[this.#replaced] = { key: this.#copy(key), value };
    this.#replaced = (this.#replaced + 1) % kept;
  }

  clear(): void {
    this.#pairs.length = 0;
    this.#replaced = 0;
  }
}

/** Quicker than a native comparison for the hundred bytes of a usual header block. */
function isSame(a: ArrayLike<number | string>, b: ArrayLike<number | string>): boolean {
  const { length } = a;
  if (length !== b.length) return false;
  for (let at = 0; at < length; at += 1) {
    if (a[at] !== b[at]) return false;
  }
  return true;
}
