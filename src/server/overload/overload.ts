/** Whether the server is overloaded, and how much it lets in meanwhile. */
import type { OverloadLimits } from "./limits.ts";
import type { Turn } from "./turn-watch.ts";

/** Told when overload begins, and when it has ended with the number of calls that were refused. */
export interface OverloadListener {
  began(): void;
  ended(refused: number): void;
}

/** How much shorter or longer the time for calls may become from one turn to the next. */
const shrink = 0.5;
const grow = 1.25;
/**
 * Room for calls, as a share of what came after the turn before: its commit, but also the answers to what
 * it let in, which take about as long as what went before the commit. A larger share would feed on itself.
 */
const restShare = 0.25;
/** Least time for calls in a turn, in milliseconds; its first call is let in in any case. */
const least = 0.1;

/** Overload begins when a call has waited beyond patience, and lasts until no call was refused for a while. */
export class Overload {
  readonly #limits: OverloadLimits;
  readonly #listener: OverloadListener;
  #until: number | undefined;
  #refused = 0;
  #before: Turn | undefined;
  #room: number;

  constructor(limits: OverloadLimits, listener: OverloadListener) {
    this.#limits = limits;
    this.#listener = listener;
    this.#room = limits.turnMs;
  }

  /** Takes notice of a new turn of the loop. */
  turn(turn: Turn): void {
    if (this.#before !== undefined) this.#adapt(this.#before, turn);
    this.#before = turn;
  }

  /** Whether there is overload. */
  lasts(now: number): boolean {
    if (this.#until === undefined) return false;
    if (now < this.#until) return true;
    this.#until = undefined;
    this.#room = this.#limits.turnMs;
    this.#listener.ended(this.#refused);
    this.#refused = 0;
    return false;
  }

  /** For how long within a turn calls are let in during overload, in milliseconds. */
  get room(): number {
    return this.#room;
  }

  /** Takes notice that a call was refused. */
  refused(now: number): void {
    if (!this.lasts(now)) this.#listener.began();
    this.#until = now + this.#limits.calmMs;
    this.#refused += 1;
  }

  /**
   * A call waits for about a turn, of which refusals take their part too, so turns are to be short; but not
   * so short that most of the time goes to what each of them costs whatever it lets in, a commit above all.
   */
  #adapt(before: Turn, turn: Turn): void {
    const { turnMs } = this.#limits;
    const took = turn.firstCall - before.firstCall;
    const rest = restShare * (turn.firstCall - turn.began);
    const change = turn.afterPause ? grow : Math.min(grow, Math.max(shrink, turnMs / took));
    this.#room = Math.max(least, rest, Math.min(turnMs, this.#room * change));
  }
}
