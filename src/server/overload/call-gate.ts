/**
 * Lets unary calls in, or refuses them at once when they would have to wait too long. What counts is what waits
 * in this process, for the event loop and for the store; a call that waits for a target keeps nobody waiting.
 */
import type { ApiError } from "../../errors/api-error.ts";
import type { StoreQueue } from "../../store/store.ts";
import { defaultOverloadLimits, type OverloadLimits } from "./limits.ts";
import { Overload, type OverloadListener } from "./overload.ts";
import { overloaded } from "./refusal.ts";
import { TurnShares } from "./turn-shares.ts";
import { eventLoop, type LoopSource, type Turn, TurnWatch } from "./turn-watch.ts";

/** Why a call is refused: they wait too long, or there are too many. */
export type RefusalCause = "overload" | "calls";

/**
 * Where there are too many calls, those that go on have waited for each other when they have waited for longer
 * than this share of patience. They would go on to, as their number keeps any of them from waiting beyond it.
 */
const waitShare = 0.25;

/** Learns of what the gate does. */
export interface GateListener extends OverloadListener {
  refused(cause: RefusalCause): void;
}

export interface CallGateParts {
  readonly limits?: Partial<OverloadLimits> | undefined;
  readonly loop?: LoopSource | undefined;
  readonly storeQueue: StoreQueue;
  readonly listener: GateListener;
}

export class CallGate {
  readonly #limits: OverloadLimits;
  readonly #storeQueue: StoreQueue;
  readonly #listener: GateListener;
  readonly #loop: LoopSource;
  readonly #overload: Overload;
  readonly #turns: TurnWatch;
  #underWay = 0;
  #isOverloaded = false;
  /** Calls of this turn. */
  #calls = 0;
  /** How long the last call that went on had waited for its turn, in milliseconds. */
  #wait = 0;
  readonly #shares = new TurnShares();

  constructor({ limits, loop = eventLoop, storeQueue, listener }: CallGateParts) {
    this.#limits = { ...defaultOverloadLimits, ...limits };
    this.#storeQueue = storeQueue;
    this.#listener = listener;
    this.#loop = loop;
    this.#overload = new Overload(this.#limits, listener);
    this.#turns = new TurnWatch(loop);
  }

  /** Calls that entered and have not left. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Whether calls have come faster than they are answered, as of the last one that came. */
  get isOverloaded(): boolean {
    return this.#isOverloaded;
  }

  /**
   * Lets a call in, which must {@link leave} then, or tells why not.
   *
   * @param connection that it came by; each has its share of what can be done in a turn
   */
  enter(connection: object): ApiError | undefined {
    const now = this.#loop.now();
    const turn = this.#turns.at(now, this.#onTurn);
    this.#calls += 1;
    const cause = this.#refusalOf(connection, turn, now);
    if (cause === undefined) {
      this.#underWay += 1;
      return undefined;
    }
    this.#listener.refused(cause);
    return overloaded;
  }

  /**
   * Tells a call that was let in why it cannot go on, when it has waited for too long until now.
   *
   * @param entered {@link now} when it entered
   */
  lateness(entered: number): ApiError | undefined {
    const now = this.now();
    const { few, patienceMs } = this.#limits;
    this.#wait = now - entered;
    if (this.#underWay <= few || this.#wait <= patienceMs) return undefined;
    this.#overload.refused(now);
    this.#isOverloaded = true;
    this.#listener.refused("overload");
    return overloaded;
  }

  /** A clock that never goes back, in milliseconds. */
  now(): number {
    return this.#loop.now();
  }

  leave(): void {
    this.#underWay -= 1;
  }

  #refusalOf(connection: object, turn: Turn, now: number): RefusalCause | undefined {
    if (this.#underWay >= this.#limits.calls) {
      if (this.#wait > this.#limits.patienceMs * waitShare) this.#overload.refused(now);
      return "calls";
    }
    this.#isOverloaded = this.#overload.lasts(now);
    const refuses =
      this.#exceedsPatience(turn, now) ||
      (this.#isOverloaded && this.#exceedsRoom(connection, now));
    if (!refuses) return undefined;
    this.#overload.refused(now);
    return "overload";
  }

  #exceedsPatience({ began }: Turn, now: number): boolean {
    const { few, patienceMs, storePatienceMs } = this.#limits;
    if (this.#storeWaits(storePatienceMs, now)) return true;
    return this.#calls > few && now - began > patienceMs;
  }

  #exceedsRoom(connection: object, now: number): boolean {
    const { room } = this.#overload;
    return this.#storeWaits(room, now) || !this.#shares.take(connection, room, now);
  }

  #storeWaits(allowed: number, now: number): boolean {
    const { length, since } = this.#storeQueue;
    return length > this.#limits.few && now - since > allowed;
  }

  readonly #onTurn = (turn: Turn): void => {
    this.#overload.turn(turn);
    this.#calls = 0;
    this.#shares.begin();
  };
}
