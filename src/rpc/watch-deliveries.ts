/** WatchDeliveries: tells of each delivery that changes, for as long as the caller listens. */
import { create } from "@bufbuild/protobuf";
import {
  DeliveryService,
  type WatchDeliveriesRequest,
  type WatchDeliveriesResponse,
  WatchDeliveriesResponseSchema,
} from "../../gen/targetd/v1/delivery_service_pb.ts";
import { createAlarm } from "../delivery/alarm.ts";
import type { InstanceId } from "../domain/units.ts";
import { ApiError } from "../errors/api-error.ts";
import { InvalidFields } from "../errors/invalid-fields.ts";
import { toDeliveryMessage } from "./delivery-message.ts";
import type { HandlerParts } from "./handler-parts.ts";
import { type StreamContext, type StreamHandler, streamHandler } from "./method-table.ts";
import { type PageScope, pageToken, placeOf } from "./page-token.ts";

/** Most watches of one instance at a time. */
export const mostWatches = 100;
/** Most deliveries that are read at a time. */
const batch = 100;
/** Shortest and longest time between two looks, in milliseconds; other processes ring no alarm. */
const looks = { least: 100, most: 1000 };
const catchUp = { least: 0, most: 0 };
/** After how long without a message the cursor is sent by itself, in milliseconds. */
const heartbeat = 30_000;

type WatchParts = Pick<HandlerParts, "deliveryChanges"> & {
  readonly store: Pick<HandlerParts["store"], "changedDeliveries" | "latestRevision">;
};

export function watchDeliveries(parts: WatchParts): StreamHandler {
  const watches = new Map<InstanceId, number>();
  return streamHandler({
    method: DeliveryService.method.watchDeliveries,
    prepare: (request) => ({
      violations: [],
      async *run(context) {
        const { instance } = context.identity;
        const others = watches.get(instance) ?? 0;
        if (others >= mostWatches) throw tooManyWatches();
        watches.set(instance, others + 1);
        try {
          yield* watch(parts, request, context);
        } finally {
          const left = (watches.get(instance) ?? 1) - 1;
          if (left > 0) watches.set(instance, left);
          else watches.delete(instance);
        }
      },
    }),
  });
}

/** When another watch may have ended: all do within the hour, and clients that are gone sooner. */
function tooManyWatches(): ApiError {
  return new ApiError("tooManyWatches", { headers: { "retry-after": "60" } });
}

async function* watch(
  { store, deliveryChanges }: WatchParts,
  { targetId, cursor }: WatchDeliveriesRequest,
  { identity: { instance }, signal }: StreamContext,
): AsyncGenerator<WatchDeliveriesResponse> {
  const scope = ["watch", instance, targetId];
  const alarm = createAlarm(signal);
  const stop = deliveryChanges.onChange(instance, alarm.ring);
  try {
    let place = startOf(cursor, scope, await store.latestRevision(instance));
    let quietSince = performance.now();
    yield message(place, scope);
    for (;;) {
      signal.throwIfAborted();
      const changed = await store.changedDeliveries(instance, place, batch);
      if (changed === undefined) throw new ApiError("cursorTooOld");
      for (const delivery of changed) {
        place = delivery.revision;
        if (targetId !== "" && delivery.target !== targetId) continue;
        yield message(place, scope, toDeliveryMessage(delivery));
        quietSince = performance.now();
      }
      if (performance.now() - quietSince >= heartbeat) {
        yield message(place, scope);
        quietSince = performance.now();
      }
      // Whoever has much to catch up with leaves room for others.
      const { least, most } = changed.length < batch ? looks : catchUp;
      await alarm.wait(least, most);
    }
  } finally {
    stop();
  }
}

/**
 * A cursor ahead of the latest revision comes from before the database was put back to an earlier state.
 *
 * @throws ApiError cursorTooOld
 * @throws InvalidFields when the cursor belongs to another watch
 */
function startOf(cursor: string, scope: PageScope, latest: number): number {
  if (cursor === "") return latest;
  const place = placeOf(cursor, scope);
  if (place === undefined) {
    const description = "must be the cursor of a watch with the same filter";
    throw new InvalidFields([{ field: "cursor", description }]);
  }
  if (place > latest) throw new ApiError("cursorTooOld");
  return place;
}

function message(
  place: number,
  scope: PageScope,
  delivery?: ReturnType<typeof toDeliveryMessage>,
): WatchDeliveriesResponse {
  const cursor = pageToken(place, scope);
  return create(WatchDeliveriesResponseSchema, { cursor, ...(delivery && { delivery }) });
}
