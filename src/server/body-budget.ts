/** Bounds the memory that the bodies of requests take together, whatever door they come through. */
import { ApiError } from "../errors/api-error.ts";

/** Sizes in bytes. */
export interface BodyLimits {
  /** Bodies of all callers together. */
  readonly total: number;
  /** Bodies of one caller together, so that it cannot take everything from the others. */
  readonly caller: number;
  /**
   * The first bytes of every body, which are not counted: less than the headers of the request may
   * take. So health checks and other small calls go on while large bodies are refused.
   */
  readonly free: number;
}

const mebibyte = 1024 * 1024;

export const defaultBodyLimits: BodyLimits = Object.freeze({
  total: 256 * mebibyte,
  caller: 64 * mebibyte,
  free: 4096,
});

/** How soon a refused caller may try again, in seconds. */
const retryAfter = "1";

/** The bytes of one body, from the first that comes in to the end of its call. */
export interface HeldBody extends Disposable {
  /**
   * Counts bytes that came in or were inflated; to be called before they are kept.
   *
   * @throws ApiError tooManyBodies; then they do not count. Also when the call has ended.
   */
  take(bytes: number): void;
  /** Gives back bytes that are not needed any more. */
  giveBack(bytes: number): void;
  /** Gives everything back; to be called when the call ends, and no harm after that. */
  end(): void;
}

/** What all bodies under way may take together. */
export class BodyBudget {
  readonly #limits: BodyLimits;
  /** Counted bytes by caller; without those that hold none. */
  readonly #callers = new Map<string, number>();
  #total = 0;

  constructor(limits: Partial<BodyLimits> = {}) {
    this.#limits = { ...defaultBodyLimits, ...limits };
  }

  /** Counted bytes of all bodies. */
  get held(): number {
    return this.#total;
  }

  /** Number of callers that hold counted bytes. */
  get callers(): number {
    return this.#callers.size;
  }

  /**
   * Begins with a body.
   *
   * @param callerOf names who is let in; asked when the first bytes count, which is after admission
   */
  hold(callerOf: () => string): HeldBody {
    let bytes = 0;
    let ended = false;
    const changeTo = (next: number) => {
      this.#move(callerOf, this.#counted(next) - this.#counted(bytes));
      bytes = next;
    };
    const end = () => {
      ended = true;
      changeTo(0);
    };
    return {
      take(more) {
        if (ended) throw new ApiError("tooManyBodies", { detail: "the call has ended" });
        changeTo(bytes + more);
      },
      giveBack: (fewer) => changeTo(Math.max(0, bytes - fewer)),
      end,
      [Symbol.dispose]: end,
    };
  }

  #counted(bytes: number): number {
    return Math.max(0, bytes - this.#limits.free);
  }

  #move(callerOf: () => string, change: number): void {
    if (change === 0) return;
    const caller = callerOf();
    const own = (this.#callers.get(caller) ?? 0) + change;
    const total = this.#total + change;
    if (change > 0) {
      if (own > this.#limits.caller) throw refusal("those of the caller", this.#limits.caller);
      if (total > this.#limits.total) throw refusal("those of all callers", this.#limits.total);
    }
    this.#total = total;
    if (own === 0) this.#callers.delete(caller);
    else this.#callers.set(caller, own);
  }
}

function refusal(whose: string, limit: number): ApiError {
  return new ApiError("tooManyBodies", {
    detail: `${whose} may have ${limit} bytes`,
    metadata: { limit_bytes: String(limit) },
    headers: { "retry-after": retryAfter },
  });
}
