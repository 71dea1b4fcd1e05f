/** Flow control (RFC 9113 sections 5.2 and 6.9). */

/** The window that everything begins with. */
export const initialWindow = 65_535;

/** The largest window there may be. */
export const maxWindow = 2 ** 31 - 1;

/** What one side may still send: on a stream, or on the connection. */
export class SendWindow {
  #available: number;

  constructor(available: number) {
    this.#available = available;
  }

  /** Bytes; below 0 after the client has made its windows smaller (section 6.9.2). */
  get available(): number {
    return this.#available;
  }

  take(bytes: number): void {
    this.#available -= bytes;
  }

  /** @returns false for a window that is larger than it may be */
  grow(bytes: number): boolean {
    this.#available += bytes;
    return this.#available <= maxWindow;
  }
}

/** What the client may still send, and what it was not told yet that it may send again. */
export class ReceiveWindow {
  #available = initialWindow;
  #used = 0;

  /** What the client may send as far as it knows. */
  get available(): number {
    return this.#available;
  }

  /** @returns false when the client was not allowed to send that much */
  take(bytes: number): boolean {
    this.#available -= bytes;
    return this.#available >= 0;
  }

  /**
   * Lets the client send more in the place of bytes that were used.
   *
   * @returns what a WINDOW_UPDATE is to tell it; 0 for none, as it can well go on without
   */
  giveBack(bytes: number): number {
    this.#used += bytes;
    const used = this.#used;
    if (used < initialWindow / 2) return 0;
    this.#available += used;
    this.#used = 0;
    return used;
  }
}
