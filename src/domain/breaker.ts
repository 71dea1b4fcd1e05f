/**
 * Keeps calls away from a target that fails (issue of the contract: settings 111 to 113). Pure: from
 * the state before an attempt and its outcome to the state after it.
 */
import type { Micros } from "./units.ts";

/** What is remembered of the latest attempts of a target. */
export interface Breaker {
  /** `open`: no calls until `openUntil`; `half-open`: one call to see whether it works again. */
  readonly state: "closed" | "open" | "half-open";
  readonly openUntil: Micros | undefined;
  /** How often it opened in a row without a success between. */
  readonly openings: number;
  /** Attempts in the current window. */
  readonly windowStart: Micros;
  readonly windowCalls: number;
  readonly windowFailures: number;
  /** Since when there were nothing but failures; undefined after a success. */
  readonly failingSince: Micros | undefined;
}
