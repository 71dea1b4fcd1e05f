/** Rows of queues and the queues of targets, one into the other. */
import type { Breaker } from "../../domain/breaker.ts";
import { type InstanceId, type Micros, micros, type TargetId } from "../../domain/units.ts";
import { optionalMicros } from "./values.ts";

/** A time at which nobody will look. */
export const never = Number.MAX_SAFE_INTEGER;

/** A row of delivery_queues as it is read. */
export interface QueueRow {
  readonly instance: InstanceId;
  readonly target: TargetId;
  readonly nextLookAt: number | null;
  readonly state: Breaker["state"];
  readonly openUntil: number | null;
  readonly openings: number;
  readonly windowStart: number;
  readonly windowCalls: number;
  readonly windowFailures: number;
  readonly failingSince: number | null;
}

export interface QueueName {
  readonly instance: InstanceId;
  readonly target: TargetId;
}

/** The queue of a target. */
export interface Queue extends QueueName {
  readonly nextLookAt: Micros | undefined;
  readonly breaker: Breaker;
}

/** The columns of {@link QueueRow}. */
export const queueColumns = `instance_id AS instance, target_id AS target,
  next_look_at AS "nextLookAt", breaker AS state, open_until AS "openUntil", openings,
  window_start AS "windowStart", window_calls AS "windowCalls",
  window_failures AS "windowFailures", failing_since AS "failingSince"`;

export function toQueue({ instance, target, nextLookAt, ...breaker }: QueueRow): Queue {
  return {
    instance,
    target,
    nextLookAt: optionalMicros(nextLookAt),
    breaker: {
      ...breaker,
      openUntil: optionalMicros(breaker.openUntil),
      windowStart: micros(breaker.windowStart),
      failingSince: optionalMicros(breaker.failingSince),
    },
  };
}
