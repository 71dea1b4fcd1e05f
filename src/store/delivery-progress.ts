import type { DeliveryState } from "../domain/delivery.ts";
import type { Micros } from "../domain/units.ts";
import type { AttemptDecision } from "./claims.ts";

/** What changes of a delivery over its life, besides the lease and the revision. */
export interface Progress {
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly dueAt: number | null;
  readonly finishedAt: number | null;
}

/** What a delivery that had some attempts becomes by another one. */
export function progressAfter(
  attempts: number,
  { state, dueAt }: AttemptDecision,
  now: Micros,
): Progress {
  const pending = state === "pending";
  return {
    state,
    attempts: attempts + 1,
    dueAt: pending ? (dueAt ?? now) : null,
    finishedAt: pending ? null : now,
  };
}
