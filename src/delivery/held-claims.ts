/** The claims that a worker holds, and the renewal of those that it needs for longer. */
import type { Clock } from "../clock.ts";
import type { InstanceId, Micros, TargetId } from "../domain/units.ts";
import { micros } from "../domain/units.ts";
import type { ClaimedDelivery } from "../store/claims.ts";
import type { DeliveryStore } from "../store/delivery-store.ts";
import type { Logger } from "../telemetry/log.ts";

/** One claim on its way. */
export interface HeldClaim {
  /** The latest one: renewed, or claimed again by this worker after the lease was over. */
  claim: ClaimedDelivery;
  /** `writing`: the call is over, and its result is on the way to the store. */
  phase: "calling" | "writing";
  readonly startedAt: Micros;
  /** Claimed again while the result was written. */
  successor: ClaimedDelivery | undefined;
  /** Ends the call. */
  readonly ending: AbortController;
}

/** What is known of a claim to the store. */
export interface ClaimKey {
  readonly id: string;
  readonly instance: InstanceId;
  readonly fence: number;
}

export function keyOf({ delivery, fence }: ClaimedDelivery): ClaimKey {
  return { id: delivery.id, instance: delivery.instance, fence };
}

export interface HeldClaimsParts {
  readonly store: Pick<DeliveryStore, "renewClaims">;
  readonly clock: Clock;
  readonly log: Logger;
  /** How long a claim holds, in microseconds; it is renewed when a third of that is over. */
  readonly lease: number;
}

/** The claims of one instance. */
interface InstanceClaims {
  /** By delivery. */
  readonly held: Map<string, HeldClaim>;
  /** How many there are of each target. */
  readonly counts: Map<TargetId, number>;
}

export class HeldClaims {
  readonly #parts: HeldClaimsParts;
  readonly #instances = new Map<InstanceId, InstanceClaims>();
  readonly #timer: NodeJS.Timeout;

  constructor(parts: HeldClaimsParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => void this.#renew(), parts.lease / 3 / 1000);
  }

  /**
   * Keeps a claim. When this worker has the delivery in hand already, because its own lease ran out
   * while it was paused, the call under way goes on under the new claim: it is the same attempt.
   *
   * @returns undefined in that case
   */
  add(claim: ClaimedDelivery): HeldClaim | undefined {
    const { held, counts } = this.#of(claim.delivery.instance);
    const { id, target } = claim.delivery;
    const same = held.get(id);
    if (same !== undefined && !same.ending.signal.aborted) {
      if (same.phase === "writing") same.successor = claim;
      else same.claim = claim;
      return undefined;
    }
    const added: HeldClaim = {
      ...{ claim, phase: "calling", startedAt: this.#parts.clock(), successor: undefined },
      ending: new AbortController(),
    };
    if (same === undefined) counts.set(target, (counts.get(target) ?? 0) + 1);
    held.set(id, added);
    return added;
  }

  #of(instance: InstanceId): InstanceClaims {
    const known = this.#instances.get(instance);
    if (known !== undefined) return known;
    const claims = { held: new Map(), counts: new Map() };
    this.#instances.set(instance, claims);
    return claims;
  }

  ofTarget(instance: InstanceId, target: TargetId): number {
    return this.#instances.get(instance)?.counts.get(target) ?? 0;
  }

  ofInstance(instance: InstanceId): number {
    return this.#instances.get(instance)?.held.size ?? 0;
  }

  remove(removed: HeldClaim): void {
    const { instance, id, target } = removed.claim.delivery;
    const { held, counts } = this.#of(instance);
    if (held.get(id) !== removed) return;
    held.delete(id);
    const left = (counts.get(target) ?? 0) - 1;
    if (left > 0) counts.set(target, left);
    else counts.delete(target);
    if (held.size === 0) this.#instances.delete(instance);
  }

  *#all(): Iterable<HeldClaim> {
    for (const { held } of this.#instances.values()) yield* held.values();
  }

  /** Ends the calls under way. */
  endAll(): void {
    for (const { ending } of this.#all()) ending.abort();
  }

  /** Ends the renewals. */
  close(): void {
    clearInterval(this.#timer);
  }

  async #renew(): Promise<void> {
    const { store, clock, log, lease } = this.#parts;
    const now = clock();
    const old = [...this.#all()].filter(
      ({ phase, claim }) => phase !== "writing" && isAging(claim, now, lease),
    );
    if (old.length === 0) return;
    const asked = new Map(old.map((held) => [held, held.claim]));
    const leasedUntil = micros(now + lease);
    try {
      const ids = await store.renewClaims([...asked.values()].map(keyOf), now, leasedUntil);
      this.#settle(asked, new Set(ids), leasedUntil);
    } catch (cause) {
      // The call goes on: whether its result counts is decided when it is written.
      log.warn({ err: cause, claims: old.length }, "claims of deliveries cannot be renewed");
    }
  }

  /** Ends the calls whose claims are somebody else's now; their results would not count. */
  #settle(
    asked: ReadonlyMap<HeldClaim, ClaimedDelivery>,
    renewed: ReadonlySet<string>,
    leasedUntil: Micros,
  ): void {
    for (const [held, claim] of asked) {
      // It was claimed again, or its call ended meanwhile.
      if (held.claim !== claim || held.phase === "writing") continue;
      if (renewed.has(claim.delivery.id)) held.claim = { ...claim, leasedUntil };
      else held.ending.abort();
    }
  }
}

/**
 * A third of the lease is over, but not all of it: what has ended is left to the next claim, which may
 * well be this worker's, so its call goes on.
 */
function isAging({ leasedUntil }: ClaimedDelivery, now: Micros, lease: number): boolean {
  return leasedUntil > now && leasedUntil - now <= (lease * 2) / 3;
}
