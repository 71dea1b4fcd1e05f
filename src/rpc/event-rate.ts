/** How many events an instance may publish in a second. */
import type { InstanceId, Micros } from "../domain/units.ts";

/** Events of the largest call: what comes at once is at least so much, or it would never pass. */
const largestCall = 1000;

/** Instances that are remembered before those that have been quiet are forgotten. */
const mostRemembered = 1000;

/** What a call may publish. */
export interface Allowance {
  /** Events that may be new in this call; 0 to as many as it has. */
  readonly events: number;
  /** Seconds until all of its events could be new; at least 1. */
  readonly retryAfter: number;
  /** Gives back what was not used, because nothing was published. */
  giveBack(): void;
}

/** Takes from the instance what a call with this many events needs, as far as it is there. */
export type EventRate = (instance: InstanceId, events: number, now: Micros) => Allowance;

interface Bucket {
  /** Events that may come at `at`. */
  left: number;
  at: number;
}

/**
 * One token bucket for each instance, in this process. It holds what may come in one second.
 *
 * @param perSecond Infinity: no bound
 */
export function createEventRate(perSecond: number): EventRate {
  const capacity = Math.max(perSecond, largestCall);
  const buckets = new Map<InstanceId, Bucket>();
  const filled = (instance: InstanceId, now: number): Bucket => {
    const { left, at } = buckets.get(instance) ?? { left: capacity, at: now };
    const gained = (Math.max(0, now - at) / 1e6) * perSecond;
    return { left: Math.min(capacity, left + gained), at: Math.max(at, now) };
  };
  const forgetFull = (now: number) => {
    for (const instance of buckets.keys()) {
      if (filled(instance, now).left === capacity) buckets.delete(instance);
    }
  };
  return (instance, events, now) => {
    if (perSecond === Number.POSITIVE_INFINITY) return unbounded(events);
    if (buckets.size >= mostRemembered) forgetFull(now);
    const bucket = filled(instance, now);
    const taken = Math.min(events, Math.floor(bucket.left));
    const missing = events - bucket.left;
    bucket.left -= taken;
    buckets.set(instance, bucket);
    return {
      events: taken,
      retryAfter: Math.max(1, Math.ceil(missing / perSecond)),
      giveBack() {
        const current = buckets.get(instance);
        if (current !== undefined) current.left = Math.min(capacity, current.left + taken);
      },
    };
  };
}

const unbounded = (events: number): Allowance => ({
  events,
  retryAfter: 1,
  giveBack: () => undefined,
});
