/** What workers and the store tell one another about deliveries; delivery-store.ts has the methods. */
import type { Breaker } from "../domain/breaker.ts";
import type { AttemptRecord, Delivery, DeliveryState } from "../domain/delivery.ts";
import type { CallableTarget } from "../domain/execution.ts";
import type { CalledSettings, Target } from "../domain/target.ts";
import type { InstanceId, Micros, TargetId } from "../domain/units.ts";
import type { StoreError } from "./store.ts";

/** A delivery that a worker holds until `leasedUntil`, with its target as it is now. */
export interface ClaimedDelivery {
  /** As it was before the claim: its due time tells since when it has waited. */
  readonly delivery: Delivery;
  /** The store's own number of the delivery. */
  readonly row: number;
  readonly callee: CallableTarget;
  /** Grows with each claim; results count only under the latest one. */
  readonly fence: number;
  readonly leasedUntil: Micros;
}

/** What may be claimed of a target at a time. */
export interface Allowance {
  /** Deliveries; none when it is 0 or less. */
  readonly calls: number;
  /** When more may be, if these are not enough; now, when others may take them at once. */
  readonly nextAt: Micros;
}

/** How much a worker can take on. */
export interface ClaimLimits {
  /** Deliveries in all. */
  readonly total: number;
  /** Deliveries of one target in one claim. */
  readonly perTarget: number;
  /** How long a claim holds, in microseconds. */
  readonly lease: number;
  /** Of targets that the worker holds back: asked with what is read of the target. */
  readonly allowance?: ((target: Target, instance: InstanceId) => Allowance) | undefined;
  /** The server's setting of the feature "actions"; what is set for an instance decides before it. */
  readonly active: boolean;
}

/** Told of a target whose deliveries wait because it cannot be read. */
export type OnUnreadable = (
  target: { readonly instance: InstanceId; readonly target: TargetId },
  cause: StoreError,
) => void;

/** What an attempt means for its delivery and its target; decided by a pure function. */
export interface AttemptDecision {
  readonly state: DeliveryState;
  /** When to try again; undefined unless the state is pending. */
  readonly dueAt: Micros | undefined;
  readonly breaker: Breaker;
  /** Why the target must be disabled now; undefined when it stays as it is. */
  readonly disable: "gone" | "failing" | undefined;
}

/** What `decide` sees: what the results before it in the same call have left. */
export interface AttemptSituation {
  /** Before the attempt: `attempts` does not count it. */
  readonly delivery: Delivery;
  /** As they are now, not as they were at the call. */
  readonly settings: CalledSettings;
  readonly breaker: Breaker;
}

/** What came of a claim. */
export interface AttemptResult {
  readonly claim: Pick<ClaimedDelivery, "delivery" | "row" | "fence">;
  readonly attempt: AttemptRecord;
  /** May be called again when the store has to begin anew. */
  readonly decide: (situation: AttemptSituation) => AttemptDecision;
}
