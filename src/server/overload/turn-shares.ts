/**
 * How the time for calls within a turn is shared: one connection may bring more calls at once than a turn
 * can take, before the others are read. What refusals take is nobody's, so that they leave the others their
 * part.
 */
export class TurnShares {
  /** Milliseconds that were spent on each connection that called. */
  #spentOn = new Map<object, number>();
  #spent = 0;
  /** Connections that called in the turn before. */
  #sharers = 1;
  /** The call that was let in last, if nothing came after it. */
  #last: { readonly connection: object; readonly at: number } | undefined;

  /** Begins a turn. */
  begin(): void {
    this.#sharers = Math.max(1, this.#spentOn.size);
    this.#spentOn.clear();
    this.#spent = 0;
    this.#last = undefined;
  }

  /**
   * Lets a call in when there is time left for it and for its connection.
   *
   * @param room milliseconds in this turn for all
   */
  take(connection: object, room: number, now: number): boolean {
    this.#settle(now);
    const spent = this.#spentOn.get(connection) ?? 0;
    this.#spentOn.set(connection, spent);
    if (this.#spent > room || spent > room / this.#sharers) return false;
    this.#last = { connection, at: now };
    return true;
  }

  /** What was let in last took until now. */
  #settle(now: number): void {
    if (this.#last === undefined) return;
    const { connection, at } = this.#last;
    this.#last = undefined;
    this.#spent += now - at;
    this.#spentOn.set(connection, (this.#spentOn.get(connection) ?? 0) + now - at);
  }
}
