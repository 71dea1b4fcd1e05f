/** Deliveries: calls to targets that nobody waits for, and that must not be lost (contract.md section 6). */
import type { ConditionId } from "./condition.ts";
import type { InstanceId, Micros, Nanoseconds, TargetId } from "./units.ts";

/**
 * - `pending`: an attempt is due, or will be, or waits for an earlier delivery of its order.
 * - `succeeded`: the target answered with 2xx.
 * - `failed`: the last attempt failed; it can be replayed.
 * - `cancelled`: by a caller, or because its target was deleted.
 */
export type DeliveryState = "pending" | "succeeded" | "failed" | "cancelled";

/** Where a delivery comes from. */
export interface DeliverySource {
  /** The condition whose execution it belongs to. */
  readonly condition: ConditionId;
  /** Of an event: its id and type; undefined for calls of rest_async targets. */
  readonly event: { readonly id: string; readonly type: string } | undefined;
  /** Deliveries of one key to an ordered target are made one after the other: the aggregate's id. */
  readonly orderKey: string | undefined;
}

/** Where deliveries stand in a chain of calls. */
export interface Chain {
  /** How many executions they stand below (contract.md section 10). */
  readonly depth: number;
  /** W3C trace context of the call that caused them. */
  readonly traceparent: string | undefined;
}

/** What is to be delivered; never changes. */
export interface NewDelivery extends DeliverySource, Chain {
  /** The webhook-id, the same over all attempts; sorts by creation. */
  readonly id: string;
  readonly target: TargetId;
  readonly createdAt: Micros;
  /** JSON text of what the target is told; no secret in it. */
  readonly context: string;
}

/** A delivery as it is now. */
export interface Delivery extends NewDelivery {
  readonly instance: InstanceId;
  readonly state: DeliveryState;
  /** Number of attempts that were made. */
  readonly attempts: number;
  /** When the next attempt is due; undefined when there is none, or when it waits for another. */
  readonly dueAt: Micros | undefined;
  /** When it reached a state other than pending. */
  readonly finishedAt: Micros | undefined;
  /** Place in the order in which deliveries of the instance last changed; strictly increases. */
  readonly revision: number;
}

/** One attempt, as the log keeps it. */
export interface AttemptRecord {
  /** 1 for the first. */
  readonly number: number;
  readonly startedAt: Micros;
  readonly duration: Nanoseconds;
  /** Stage of the failure; undefined for a success. */
  readonly stage: string | undefined;
  readonly timedOut: boolean;
  /** Undefined when there was no answer. */
  readonly httpStatus: number | undefined;
  /** For people; empty for a success. */
  readonly error: string;
  /** What was dialled, for instance "203.0.113.7:443". */
  readonly address: string | undefined;
  readonly timings: Readonly<
    Record<"dns" | "connect" | "tls" | "firstByte", Nanoseconds | undefined>
  >;
  /** Lower-case names; values of custom headers and credentials are masked. */
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly responseHeaders: Readonly<Record<string, string>>;
  /** The beginning of the answer's body. */
  readonly responseBody: Uint8Array;
}

/** What an event is made of, as its publisher gives it. */
export interface PublishedEvent {
  /** Chosen by the publisher; publishing it again does nothing. */
  readonly id: string;
  readonly type: string;
  readonly aggregateId: string;
  /** JSON text of what targets are told. */
  readonly context: string;
}
