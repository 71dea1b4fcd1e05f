/** Deliveries as callers see them. */
import { create } from "@bufbuild/protobuf";
import {
  type DeliveryAttempt,
  DeliveryAttemptSchema,
  type Delivery as DeliveryMessage,
  DeliverySchema,
  DeliveryState as StateNumber,
} from "../../gen/targetd/v1/delivery_service_pb.ts";
import type { AttemptRecord, Delivery, DeliveryState } from "../domain/delivery.ts";
import { toTimestamp } from "./time.ts";
import { toTimings } from "./timings.ts";

export const deliveryStates: ReadonlyMap<DeliveryState, StateNumber> = new Map<
  DeliveryState,
  StateNumber
>([
  ["pending", StateNumber.PENDING],
  ["succeeded", StateNumber.SUCCEEDED],
  ["failed", StateNumber.FAILED],
  ["cancelled", StateNumber.CANCELLED],
]);

export function toDeliveryMessage(delivery: Omit<Delivery, "context">): DeliveryMessage {
  const { id, target, condition, event, orderKey, state, attempts } = delivery;
  const { createdAt, dueAt, finishedAt } = delivery;
  return create(DeliverySchema, {
    ...{ id, targetId: target, condition, attempts },
    ...{ eventId: event?.id ?? "", eventType: event?.type ?? "", aggregateId: orderKey ?? "" },
    state: deliveryStates.get(state) ?? StateNumber.UNSPECIFIED,
    creationDate: toTimestamp(createdAt),
    ...(dueAt !== undefined && { dueDate: toTimestamp(dueAt) }),
    ...(finishedAt !== undefined && { finishDate: toTimestamp(finishedAt) }),
  });
}

export function toAttemptMessage(attempt: AttemptRecord): DeliveryAttempt {
  const { number, startedAt, duration, stage = "", timedOut, httpStatus = 0 } = attempt;
  const { error, address = "", timings, requestHeaders, responseHeaders, responseBody } = attempt;
  return create(DeliveryAttemptSchema, {
    ...{ number, stage, timedOut, httpStatus, error, address },
    startDate: toTimestamp(startedAt),
    timings: toTimings({ ...timings, total: duration }),
    requestHeaders: { ...requestHeaders },
    responseHeaders: { ...responseHeaders },
    responseBody,
  });
}
