/** An event loop whose turns and times a test decides. */
import type { LoopSource } from "../../src/server/overload/turn-watch.ts";

export class FakeLoop implements LoopSource {
  #now = 1000;
  #idle = 0;
  #turn = 1;
  #ends: (() => void)[] = [];

  now(): number {
    return this.#now;
  }

  idleTime(): number {
    return this.#idle;
  }

  turn(): number {
    return this.#turn;
  }

  atEnd(callback: () => void): void {
    this.#ends.push(callback);
  }

  /** Is busy for so many milliseconds. */
  work(milliseconds: number): void {
    this.#now += milliseconds;
  }

  /** Ends the turn; the next one begins at once. */
  endTurn(): void {
    const ends = this.#ends;
    this.#ends = [];
    for (const end of ends) end();
    this.#turn += 1;
  }

  /** Ends the turn; the next one begins when there was nothing to do for so long. */
  pause(milliseconds: number): void {
    this.endTurn();
    this.#now += milliseconds;
    this.#idle += milliseconds;
  }
}
