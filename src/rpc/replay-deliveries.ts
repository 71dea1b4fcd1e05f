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
import { type InstanceId, type Micros, micros, targetId } from "../domain/units.ts";
import { ApiError, type Violation } from "../errors/api-error.ts";
import { InvalidFields } from "../errors/invalid-fields.ts";
import type { DeliveryStore, QueueQuota, ReplayStep } from "../store/delivery-store.ts";
import type { Authorship } from "../store/store.ts";
import type { HandlerParts } from "./handler-parts.ts";
import { type UnaryHandler, unaryHandler } from "./method-table.ts";
import { type PageScope, textPageToken, textPlaceOf } from "./page-token.ts";
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
        const selection = selectionOf(request, instance, at);
        const options = {
          ...authorshipOf(identity, at),
          mostPending: quotas.quotaQueuedDeliveries,
        };
        const { replayed, next } = await replayAll(store, instance, selection.which, options).catch(
          (thrown: unknown) => {
            throw quotaFailure(thrown, quotas);
          },
        );
        const { which, tokenFor } = selection;
        if (replayed === 0 && "id" in which) await requireReplayable(store, instance, which.id);
        const more = replayed === mostReplayed;
        const nextPageToken = more && next !== undefined ? tokenFor(next) : "";
        return create(ReplayDeliveriesResponseSchema, { replayed, more, nextPageToken });
      },
    }),
  });
}

/** Replays step by step, so that others write in between. Resolves with how many, and where it ended. */
async function replayAll(
  store: DeliveryStore,
  instance: InstanceId,
  which: Query,
  options: Authorship & QueueQuota,
): Promise<ReplayStep> {
  if ("id" in which) return store.replayDeliveries(instance, which, options);
  let replayed = 0;
  let { after } = which;
  do {
    const query = { ...which, limit: which.limit - replayed, after };
    const step = await store.replayDeliveries(instance, query, options);
    replayed += step.replayed;
    after = step.next;
  } while (after !== undefined && replayed < which.limit);
  return { replayed, next: after };
}

function filterViolations({ which }: ReplayDeliveriesRequest): Violation[] {
  if (which.case !== "filter") return [];
  return [
    ...timestampViolations("filter.since", which.value.since),
    ...timestampViolations("filter.until", which.value.until),
  ];
}

type Query = Parameters<DeliveryStore["replayDeliveries"]>[1];

/** What is replayed, and how a further call is told where to go on. */
interface Selection {
  readonly which: Query;
  readonly tokenFor: (next: string) => string;
}

/** @throws InvalidFields for the token of another filter */
function selectionOf(
  { which }: ReplayDeliveriesRequest,
  instance: InstanceId,
  now: Micros,
): Selection {
  switch (which.case) {
    case "id":
      return { which: { id: which.value }, tokenFor: () => "" };
    case "filter":
      return toQuery(which.value, instance, now);
    case undefined:
      throw new Error("the rules of the proto file let no empty selection pass");
  }
}

const failed: readonly DeliveryState[] = ["failed"];
const finished: readonly DeliveryState[] = ["failed", "succeeded", "cancelled"];

function toQuery(filter: ReplayFilter, instance: InstanceId, now: Micros): Selection {
  const target = filter.targetId === "" ? undefined : targetId(filter.targetId);
  const since = filter.since && toMicros(filter.since, Math.ceil);
  const given = filter.until && toMicros(filter.until, Math.ceil);
  const scope = ["replay", instance, target, since, given, filter.all];
  const start = startOf(filter.pageToken, scope);
  // Without an end that stays, calls that follow one another could go on for ever.
  const until = given ?? start?.until ?? now;
  return {
    which: {
      ...{ target, since, until, limit: mostReplayed },
      states: filter.all ? finished : failed,
      after: start?.after,
    },
    tokenFor: (next) => textPageToken(`${until} ${next}`, scope),
  };
}

/** @throws InvalidFields */
function startOf(token: string, scope: PageScope) {
  if (token === "") return undefined;
  const [, until, after] = /^(\d{1,16}) (.+)$/.exec(textPlaceOf(token, scope) ?? "") ?? [];
  if (until !== undefined && after !== undefined) return { until: micros(Number(until)), after };
  const description = "must be the next_page_token of a call with the same filter";
  throw new InvalidFields([{ field: "filter.page_token", description }]);
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
