/** Spreads the calls to a target over time, as its policy asks (contract.md section 3, field 111). */
import type { Target } from "../domain/target.ts";
import { type Micros, micros, type TargetId } from "../domain/units.ts";

/** How much time's worth of calls may come at once, in microseconds. */
const burst = 100_000;

/** Buckets that are kept before those that are full again are forgotten. */
const maxBuckets = 1_000;

/**
 * Tells when a call may start, and counts it as started then. Calls of a target without a limit
 * start at once.
 */
export type Pace = (target: Target, now: Micros) => Micros;

/** One token bucket for each target, kept as the time at which it will be full again. */
export function createPace(): Pace {
  const fullAt = new Map<TargetId, number>();
  return ({ id, settings }, now) => {
    const perSecond = settings.deliveryPolicy?.maxPerSecond ?? 0;
    if (perSecond === 0) return now;
    const interval = 1e6 / perSecond;
    const full = fullAt.get(id) ?? now;
    const start = Math.max(now, full - Math.max(0, burst - interval));
    if (fullAt.size >= maxBuckets) forgetFull(fullAt, now);
    fullAt.set(id, Math.max(start, full) + interval);
    return micros(Math.ceil(start));
  };
}

function forgetFull(fullAt: Map<TargetId, number>, now: Micros): void {
  for (const [id, time] of fullAt) if (time <= now) fullAt.delete(id);
}
