/**
 * Tells for how long what comes in now has waited at least: everything that is read in a turn of the event
 * loop was there when the turn began, unless the loop had nothing to do.
 */
import { performance } from "node:perf_hooks";

/** What is known about the event loop. */
export interface LoopSource {
  /** A clock that never goes back, in milliseconds. */
  now(): number;
  /** For how long the loop has waited for something to do, since its start, in milliseconds. */
  idleTime(): number;
  /** Number of the turn that runs. */
  turn(): number;
  /** Calls back when the connections of this turn were read. */
  atEnd(callback: () => void): void;
}

const { nodeTiming } = performance;

/** The event loop of this thread. */
export const eventLoop: LoopSource = {
  now: () => performance.now(),
  idleTime: () => nodeTiming.idleTime,
  turn: () => nodeTiming.uvMetricsInfo.loopCount,
  atEnd: (callback) => void setImmediate(callback),
};

/** What is known when a turn begins; times are in milliseconds. */
export interface Turn {
  /** When it began, as far as that is known; after a pause when its first call came. */
  readonly began: number;
  /** When its first call came. */
  readonly firstCall: number;
  /** Whether the loop had nothing to do before. */
  readonly afterPause: boolean;
}

/** The end of a turn. */
interface TurnEnd {
  readonly turn: number;
  readonly at: number;
  readonly idleTime: number;
}

export class TurnWatch {
  readonly #loop: LoopSource;
  #last: TurnEnd | undefined;
  #running: Turn | undefined;

  constructor(loop: LoopSource) {
    this.#loop = loop;
  }

  /**
   * The turn that runs; to be asked at each call.
   *
   * @param onNew called when it was not seen before
   */
  at(now: number, onNew: (turn: Turn) => void): Turn {
    if (this.#running !== undefined) return this.#running;
    const turn = this.#begin(now);
    this.#running = turn;
    this.#loop.atEnd(() => {
      const loop = this.#loop;
      this.#running = undefined;
      this.#last = { turn: loop.turn(), at: loop.now(), idleTime: loop.idleTime() };
    });
    onNew(turn);
    return turn;
  }

  #begin(now: number): Turn {
    const last = this.#last;
    // Of a turn in which nobody called nobody knows what it was busy with.
    const follows = last !== undefined && this.#loop.turn() === last.turn + 1;
    const afterPause = last === undefined || this.#loop.idleTime() > last.idleTime;
    return { began: follows && !afterPause ? last.at : now, firstCall: now, afterPause };
  }
}
