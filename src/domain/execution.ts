/** Which targets are called, in which order, when a condition is met (contract.md section 6). */
import type { ConditionId } from "./condition.ts";
import type { PublicKey } from "./public-key.ts";
import { changeDate, type FieldChange, type Target } from "./target.ts";
import type { Micros, TargetId } from "./units.ts";

/** The list of one condition. An empty list stays known for its dates but is never shown or run. */
export interface Execution {
  readonly id: ConditionId;
  readonly createdAt: Micros;
  /** Strictly increases with every real change; the etag follows it. */
  readonly changedAt: Micros;
  /** In call order. */
  readonly targets: readonly TargetId[];
}

/** A target with all that a call to it needs. */
export interface CallableTarget {
  readonly target: Target;
  /** The active key that has not expired; undefined when there is none. */
  readonly encryptionKey: PublicKey | undefined;
}

/** Takes a target out of a list, and tells what history keeps of it. */
export function withoutTarget(
  execution: Execution,
  target: TargetId,
  now: Micros,
): { readonly next: Execution; readonly fields: readonly FieldChange[] } {
  const targets = execution.targets.filter((id) => id !== target);
  return {
    next: { ...execution, changedAt: changeDate(execution, now), targets },
    fields: [{ field: "targets", old: execution.targets, new: targets }],
  };
}
