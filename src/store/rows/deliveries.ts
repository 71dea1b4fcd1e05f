/** Delivery rows and the domain's deliveries, one into the other. */
import { conditionId } from "../../domain/condition.ts";
import type { Delivery, DeliveryState } from "../../domain/delivery.ts";
import { type InstanceId, micros, targetId } from "../../domain/units.ts";
import type { ListedDelivery } from "../delivery-store.ts";
import { optionalMicros } from "./values.ts";

/** A row of deliveries as it is read. */
export interface DeliveryRow {
  readonly row: number;
  readonly instance_id: InstanceId;
  readonly id: string;
  readonly target_id: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly created_at: number;
  readonly finished_at: number | null;
  readonly due_at: number | null;
  readonly revision: number;
  readonly condition_id: string;
  readonly event_id: string | null;
  readonly event_type: string | null;
  readonly order_key: string | null;
  readonly depth: number;
  readonly traceparent: string | null;
}

/** The columns of {@link DeliveryRow}. */
export const deliveryColumns = [
  "row",
  "instance_id",
  "id",
  "target_id",
  "state",
  "attempts",
  "created_at",
  "finished_at",
  "due_at",
  "revision",
  "condition_id",
  "event_id",
  "event_type",
  "order_key",
  "depth",
  "traceparent",
].join(", ");

export function toListed(row: DeliveryRow): ListedDelivery {
  return {
    instance: row.instance_id,
    id: row.id,
    target: targetId(row.target_id),
    condition: conditionId(row.condition_id),
    event: row.event_id === null ? undefined : { id: row.event_id, type: row.event_type ?? "" },
    orderKey: row.order_key ?? undefined,
    createdAt: micros(row.created_at),
    depth: row.depth,
    traceparent: row.traceparent ?? undefined,
    state: row.state,
    attempts: row.attempts,
    dueAt: optionalMicros(row.due_at),
    finishedAt: optionalMicros(row.finished_at),
    revision: row.revision,
  };
}

export function toDelivery(row: DeliveryRow, context: string): Delivery {
  return { ...toListed(row), context };
}
