/** Spreads the calls to a target over time, as its policy asks (contract.md section 3, field 111). */
import type { Target } from "../domain/target.ts";
import { type Micros, micros, type TargetId } from "../domain/units.ts";

/** How much time's worth of calls may come at once, in microseconds. */
const burst = 100_000;

/** Calls of a fast target are taken together, those of this time, in microseconds. */
const step = 20_000;

/** Buckets that are kept before those that are full again are forgotten. */
const maxBuckets = 1_000;

export interface Pace {
  /** How many calls may start now, and when more may. */
  room(target: Target, now: Micros): { readonly calls: number; readonly nextAt: Micros };
  /** Counts a call that starts. */
  starts(target: Target, now: Micros): void;
}

/** One token bucket for each target, kept as the time at which it will be full again. */
export function createPace(): Pace {
  const fullAt = new Map<TargetId, number>();
  let limit = maxBuckets;
  return {
    room({ id, settings }, now) {
      const perSecond = settings.deliveryPolicy?.maxPerSecond ?? 0;
      if (perSecond === 0) return { calls: Number.POSITIVE_INFINITY, nextAt: now };
      const interval = 1e6 / perSecond;
      const size = Math.max(burst, interval);
      const full = Math.max(fullAt.get(id) ?? now, now);
      const wanted = Math.max(1, Math.floor(step / interval));
      return {
        // Without what adding up such times may cost.
        calls: Math.floor((now + size - full) / interval + 1e-6),
        nextAt: micros(Math.ceil(full + wanted * interval - size)),
      };
    },

    starts({ id, settings }, now) {
      const perSecond = settings.deliveryPolicy?.maxPerSecond ?? 0;
      if (perSecond === 0) return;
      fullAt.set(id, Math.max(fullAt.get(id) ?? now, now) + 1e6 / perSecond);
      if (fullAt.size <= limit) return;
      for (const [known, time] of fullAt) if (time <= now) fullAt.delete(known);
      limit = Math.max(maxBuckets, 2 * fullAt.size);
    },
  };
}
