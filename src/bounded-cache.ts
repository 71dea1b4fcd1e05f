/**
 * Keeps what is costly to make, up to a number of entries; of those that were not used for longest, half of
 * them go at once. So most uses change nothing: to put each entry last would cost more than many are worth.
 */
export class BoundedCache<V> {
  readonly #half: number;
  #recent = new Map<string, V>();
  /** Those not used since the others are. */
  #older = new Map<string, V>();

  /** @param limit most entries, an even number */
  constructor(limit: number) {
    this.#half = limit / 2;
  }

  /** The entry of `key`, made by `make` when there is none; what `make` throws is not kept. */
  get(key: string, make: () => V): V {
    const known = this.#recent.get(key);
    if (known !== undefined) return known;
    const value = this.#older.get(key) ?? make();
    this.set(key, value);
    return value;
  }

  /** The entry of `key`, if there is one. */
  find(key: string): V | undefined {
    const known = this.#recent.get(key);
    if (known !== undefined) return known;
    const value = this.#older.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  /** Keeps an entry in place of the one that there may be. */
  set(key: string, value: V): void {
    this.#older.delete(key);
    if (this.#recent.size >= this.#half && !this.#recent.has(key)) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(key, value);
  }

  delete(key: string): void {
    this.#recent.delete(key);
    this.#older.delete(key);
  }

  clear(): void {
    this.#recent.clear();
    this.#older.clear();
  }

  get size(): number {
    return this.#recent.size + this.#older.size;
  }
}
