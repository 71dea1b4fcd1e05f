/** Counts what happens on one connection and tells when it is too much in too short a time. */
export class RateGuard {
  readonly #limit: number;
  readonly #windowMs: number;
  #windowStart = Number.NEGATIVE_INFINITY;
  #count = 0;

  /**
   * @param limit events allowed in a window
   * @param windowMs length of a window; one begins with the first event after the last has ended
   */
  constructor(limit: number, windowMs: number) {
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  /**
   * Counts one event and tells whether that is one too many.
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

  /** Forgets what was counted. */
  reset(): void {
    this.#count = 0;
  }
}
