const nothing = Buffer.alloc(0);

/**
 * Collects bytes up to a limit in one piece of memory. A receiver that sends a byte at a time would
 * else make an object of each.
 */
export class ByteBuffer {
  readonly #limit: number;
  #memory: Buffer = nothing;
  #length = 0;

  /** @param limit most bytes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @returns false when that would be more than the limit; nothing is added then */
  add(chunk: Uint8Array): boolean {
    const length = this.#length + chunk.length;
    if (length > this.#limit) return false;
    if (length > this.#memory.length) this.#grow(length);
    this.#memory.set(chunk, this.#length);
    this.#length = length;
    return true;
  }

  /** The bytes so far; shares the memory. */
  bytes(): Buffer {
    return this.#memory.subarray(0, this.#length);
  }

  /** To exactly what the first bytes need, then to the double. */
  #grow(length: number): void {
    const double = Math.min(this.#memory.length * 2, this.#limit);
    const grown = Buffer.allocUnsafe(Math.max(length, double));
    grown.set(this.#memory.subarray(0, this.#length));
    this.#memory = grown;
  }
}
