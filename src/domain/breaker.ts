/**
 * Keeps calls away from a target that fails (issue of the contract: settings 111 to 113). Pure: from
 * the state before an attempt and its outcome to the state after it.
 */
import { type Micros, micros } from "./units.ts";

/** What is remembered of the latest attempts of a target. */
export interface Breaker {
  /** `open`: no calls until `openUntil`; `half-open`: one call to see whether it works again. */
  readonly state: "closed" | "open" | "half-open";
  /** Undefined unless open. */
  readonly openUntil: Micros | undefined;
  /** How often it opened since it was closed. */
  readonly openings: number;
  /** Attempts in the current window. */
  readonly windowStart: Micros;
  readonly windowCalls: number;
  readonly windowFailures: number;
  /** Since when there were nothing but failures; undefined after a success. */
  readonly failingSince: Micros | undefined;
}

/** What a closed breaker opens at, and for how long. Times are in microseconds. */
export const breakerRules = Object.freeze({
  /** Failures are counted over this time, which begins with an attempt. */
  window: 60e6,
  /** Fewer attempts in a window say nothing. */
  minCalls: 10,
  /** Share of them that must have failed. */
  failureShare: 0.5,
  /** How long it stays open at first; each further opening takes twice as long. */
  firstOpening: 30e6,
  longestOpening: 15 * 60e6,
  /** A target that does nothing but fail for this long is to be disabled. */
  longestFailing: 5 * 24 * 3600e6,
});

/** The breaker of a target that was never called, or was enabled again. */
export function newBreaker(): Breaker {
  return closed(micros(0));
}

/** What a breaker lets through at a time. */
export interface Admittance {
  /** Most calls that may be under way together, those from before it opened included. */
  readonly calls: number;
  /** Until when none may begin; undefined when some may. */
  readonly heldUntil: Micros | undefined;
}

/** Lets calls through: any number when closed, one when it has been open for long enough. */
export function admittanceOf({ state, openUntil = micros(0) }: Breaker, now: Micros): Admittance {
  if (state === "closed") return { calls: Number.POSITIVE_INFINITY, heldUntil: undefined };
  // A time further ahead than any that is ever set comes from a clock that was wrong.
  const isHeld = openUntil > now && openUntil <= now + breakerRules.longestOpening;
  return isHeld && state === "open"
    ? { calls: 0, heldUntil: openUntil }
    : { calls: 1, heldUntil: undefined };
}

/** An admitted call begins: the one that an open breaker waited for makes it half-open. */
export function afterClaim(breaker: Breaker): Breaker {
  return breaker.state === "open"
    ? { ...breaker, state: "half-open", openUntil: undefined }
    : breaker;
}

/**
 * The target took a call. Closes a half-open breaker; an open one waits for a call of its own, as
 * those that were under way when it opened end one after the other.
 */
export function afterSuccess(breaker: Breaker, now: Micros): Breaker {
  if (breaker.state === "half-open") return closed(now);
  return { ...counted(breaker, now, 0), failingSince: undefined };
}

/** A call failed by the target's fault. */
export function afterFailure(breaker: Breaker, now: Micros): Breaker {
  const next = { ...counted(breaker, now, 1), failingSince: firstFailure(breaker, now) };
  if (breaker.state === "open") return next;
  return breaker.state === "half-open" || failsTooOften(next) ? opened(next, now) : next;
}

/** Tells whether a target has done nothing but fail for so long that it is to be disabled. */
export function hasFailedTooLong({ failingSince: since }: Breaker, now: Micros): boolean {
  return since !== undefined && now - since >= breakerRules.longestFailing;
}

function closed(windowStart: Micros): Breaker {
  return {
    ...{ state: "closed", openUntil: undefined, openings: 0 },
    ...{ windowStart, windowCalls: 0, windowFailures: 0, failingSince: undefined },
  };
}

function opened(breaker: Breaker, now: Micros): Breaker {
  const { firstOpening, longestOpening } = breakerRules;
  const time = Math.min(firstOpening * 2 ** breaker.openings, longestOpening);
  const openUntil = micros(now + time);
  return { ...breaker, state: "open", openUntil, openings: breaker.openings + 1 };
}

/** A clock that went back ends the window, too. */
function counted(breaker: Breaker, now: Micros, failures: 0 | 1): Breaker {
  const { windowStart, windowCalls, windowFailures } = breaker;
  const age = now - windowStart;
  if (age < 0 || age >= breakerRules.window) {
    return { ...breaker, windowStart: now, windowCalls: 1, windowFailures: failures };
  }
  return {
    ...breaker,
    windowCalls: windowCalls + 1,
    windowFailures: windowFailures + failures,
  };
}

function failsTooOften({ windowCalls, windowFailures }: Breaker): boolean {
  const { minCalls, failureShare } = breakerRules;
  return windowCalls >= minCalls && windowFailures >= failureShare * windowCalls;
}

function firstFailure({ failingSince: since }: Breaker, now: Micros): Micros {
  return micros(Math.min(since ?? now, now));
}
