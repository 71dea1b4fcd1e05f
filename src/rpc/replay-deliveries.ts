/** ReplayDeliveries: makes finished deliveries pending again. */
import { create } from "@bufbuild/protobuf";
import {
  DeliveryService,
  type ReplayDeliveriesRequest,
  ReplayDeliveriesResponseSchema,
  type ReplayFilter,
} from "../../gen/targetd/v1/delivery_service_pb.ts";
import { authorshipOf } from "../auth/identity.ts";
import type { DeliveryState } from "../domain/delivery.ts";
import { type InstanceId, type Micros, targetId } from "../domain/units.ts";
import { ApiError, type Violation } from "../errors/api-error.ts";
import type { DeliveryStore, QueueQuota } from "../store/delivery-store.ts";
import type { Authorship } from "../store/store.ts";
import type { HandlerParts } from "./handler-parts.ts";
import { type UnaryHandler, unaryHandler } from "./method-table.ts";
import { quotaFailure } from "./quotas.ts";
import { timestampViolations, toMicros } from "./time.ts";

/** Most deliveries that one call replays. */
export const mostReplayed = 10_000;

export function replayDeliveries(parts: HandlerParts): UnaryHandler {
  const { store, clock, quotas } = parts;
  return unaryHandler({
    method: DeliveryService.method.replayDeliveries,
    prepare: (request) => ({
      violations: filterViolations(request),
      async run({ identity }) {
        const { instance } = identity;
        const at = clock();
        const which = selectionOf(request, at);
        const options = authorshipOf(identity, at);
        const mostPending = quotas.quotaQueuedDeliveries;
        const replayed = await replayAll(store, instance, which, {
          ...options,
          mostPending,
        }).catch((thrown: unknown) => {
          throw quotaFailure(thrown, quotas);
        });
        if (replayed === 0 && "id" in which) await requireReplayable(store, instance, which.id);
        const more = replayed === mostReplayed;
        return create(ReplayDeliveriesResponseSchema, { replayed, more });
      },
    }),
  });
}

/** Replays step by step, so that others write in between. Resolves with how many there were. */
async function replayAll(
  store: DeliveryStore,
  instance: InstanceId,
  which: Selection,
  options: Authorship & QueueQuota,
): Promise<number> {
  if ("id" in which) return (await store.replayDeliveries(instance, which, options)).replayed;
  let replayed = 0;
  let after: string | undefined;
  do {
    const query = { ...which, limit: which.limit - replayed, after };
    const step = await store.replayDeliveries(instance, query, options);
    replayed += step.replayed;
    after = step.next;
  } while (after !== undefined && replayed < which.limit);
  return replayed;
}

function filterViolations({ which }: ReplayDeliveriesRequest): Violation[] {
  if (which.case !== "filter") return [];
  return [
    ...timestampViolations("filter.since", which.value.since),
    ...timestampViolations("filter.until", which.value.until),
  ];
}

type Selection = Parameters<DeliveryStore["replayDeliveries"]>[1];

function selectionOf({ which }: ReplayDeliveriesRequest, now: Micros): Selection {
  switch (which.case) {
    case "id":
      return { id: which.value };
    case "filter":
      return toQuery(which.value, now);
    case undefined:
      throw new Error("the rules of the proto file let no empty selection pass");
  }
}

const failed: readonly DeliveryState[] = ["failed"];
const finished: readonly DeliveryState[] = ["failed", "succeeded", "cancelled"];

function toQuery({ targetId: target, since, until, all }: ReplayFilter, now: Micros): Selection {
  return {
    target: target === "" ? undefined : targetId(target),
    since: since && toMicros(since, Math.ceil),
    until: until === undefined ? now : toMicros(until, Math.ceil),
    states: all ? finished : failed,
    limit: mostReplayed,
  };
}

/**
 * Says why a delivery was not replayed, unless it is pending anyway.
 *
 * @throws ApiError deliveryNotFound, deliveryTargetGone
 */
async function requireReplayable(
  store: DeliveryStore,
  instance: InstanceId,
  id: string,
): Promise<void> {
  const found = await store.readDelivery(instance, id);
  if (found === undefined) throw new ApiError("deliveryNotFound");
  if (found.delivery.state !== "pending") throw new ApiError("deliveryTargetGone");
}
