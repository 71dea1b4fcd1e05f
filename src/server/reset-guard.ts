/**
 * Counts the streams of one HTTP/2 connection that ended in a reset. A client that opens and resets
 * streams as fast as it can (CVE-2023-44487), or makes the server reset them (CVE-2025-8671), never
 * exceeds the limit of concurrent streams but keeps the server busy.
 */
export class ResetGuard {
  readonly #limit: number;
  readonly #windowMs: number;
  #windowStart = Number.NEGATIVE_INFINITY;
  #count = 0;

  /**
   * @param limit resets allowed in a window
   * @param windowMs length of a window; one begins with the first reset after the last has ended
   */
  constructor(limit: number, windowMs: number) {
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  /**
   * Counts one reset and tells whether that is one too many.
   *
   * @param now a clock that never goes back, in milliseconds
   */
  exceeded(now: number): boolean {
    if (now - this.#windowStart >= this.#windowMs) {
      this.#windowStart = now;
      this.#count = 0;
    }
    this.#count += 1;
    return this.#count > this.#limit;
  }
}
