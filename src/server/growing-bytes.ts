const nothing = Buffer.alloc(0);

/**
 * Collects bytes that come in pieces. A list of the pieces would cost a client that sends them one
 * by one next to nothing, and the server a hundred times their size; here it is at most twice.
 */
export class GrowingBytes {
  #buffer: Buffer = nothing;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Copies a piece to the end. */
  add(piece: Uint8Array): void {
    const needed = this.#length + piece.length;
    if (needed > this.#buffer.length) {
      // The first piece is often the only one.
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#buffer.length));
      larger.set(this.bytes());
      this.#buffer = larger;
    }
    this.#buffer.set(piece, this.#length);
    this.#length = needed;
  }

  /** What was collected so far; later pieces do not show in it. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }
}
