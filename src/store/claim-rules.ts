/** What a claim of deliveries keeps to, in every store. */
import { type Admittance, admittanceOf, type Breaker } from "../domain/breaker.ts";
import type { TargetSettings } from "../domain/target.ts";
import type { Micros } from "../domain/units.ts";

/** Calls to a target that may be under way at the same time, unless its policy says otherwise. */
const defaultConcurrency = 10;

/** Microseconds until an instance with the feature off is looked at again. */
export const featurePause = 1_000_000;

/** Microseconds until a target that cannot be read is looked at again. */
export const unreadablePause = 60_000_000;

/** Queues that one claim looks at in vain, at most. */
export const spareLooks = 100;

/** What the breaker lets through, within what the policy lets be under way. */
export function callsAtOnce(
  breaker: Breaker,
  policy: { readonly maxConcurrency: number } | undefined,
  now: Micros,
): Admittance {
  const { calls, heldUntil } = admittanceOf(breaker, now);
  return { calls: Math.min(calls, policy?.maxConcurrency || defaultConcurrency), heldUntil };
}

/** Whether what calls of a target came to until now says nothing about those to come. */
export function beginsAnew(current: TargetSettings, next: TargetSettings): boolean {
  return (current.disabled && !next.disabled) || current.endpoint !== next.endpoint;
}
