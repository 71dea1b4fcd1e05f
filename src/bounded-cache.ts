/** Keeps what is costly to make, up to a number of entries; the one that was not used for longest goes. */
export class BoundedCache<V> {
  readonly #limit: number;
  readonly #entries = new Map<string, V>();

  /** @param limit most entries */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The entry of `key`, made by `make` when there is none; what `make` throws is not kept. */
  get(key: string, make: () => V): V {
    const value = this.#entries.get(key) ?? make();
    // A Map tells its keys in the order of their insertion.
    this.#entries.delete(key);
    this.#entries.set(key, value);
    const oldest = this.#entries.keys().next();
    if (this.#entries.size > this.#limit && !oldest.done) this.#entries.delete(oldest.value);
    return value;
  }

  get size(): number {
    return this.#entries.size;
  }
}
