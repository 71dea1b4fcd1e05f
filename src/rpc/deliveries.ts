/** DeliveryService besides the watch: ListDeliveries, GetDelivery and what people do about them. */
import { create } from "@bufbuild/protobuf";
import {
  CancelDeliveryResponseSchema,
  DeliveryService,
  GetDeliveryResponseSchema,
  type ListDeliveriesRequest,
  type ListDeliveriesResponse,
  ListDeliveriesResponseSchema,
  RetryDeliveryResponseSchema,
} from "../../gen/targetd/v1/delivery_service_pb.ts";
import { authorshipOf, type Identity } from "../auth/identity.ts";
import type { Delivery } from "../domain/delivery.ts";
import { targetId } from "../domain/units.ts";
import { ApiError } from "../errors/api-error.ts";
import { InvalidFields } from "../errors/invalid-fields.ts";
import type { DeliveryQuery } from "../store/delivery-store.ts";
import { deliveryStates, toAttemptMessage, toDeliveryMessage } from "./delivery-message.ts";
import type { HandlerParts } from "./handler-parts.ts";
import { type CallContext, type UnaryHandler, unaryHandler } from "./method-table.ts";
import { textPageToken, textPlaceOf } from "./page-token.ts";
import { defaultLimit } from "./pagination.ts";
import { timestampViolations, toMicros } from "./time.ts";

export function listDeliveries(parts: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: DeliveryService.method.listDeliveries,
    prepare: (request) => ({
      violations: [
        ...timestampViolations("since", request.since),
        ...timestampViolations("until", request.until),
      ],
      run: ({ identity }) => list(parts, request, identity),
    }),
  });
}

async function list(
  { store }: HandlerParts,
  request: ListDeliveriesRequest,
  { instance }: Identity,
): Promise<ListDeliveriesResponse> {
  const filter = toFilter(request);
  const { target, state, eventType, since, until } = filter;
  const scope = ["deliveries", instance, target, state, eventType, since, until];
  const { items, next } = await store.listDeliveries(instance, {
    ...filter,
    after: startOf(request.pageToken, scope),
    limit: request.pageSize || defaultLimit,
  });
  return create(ListDeliveriesResponseSchema, {
    deliveries: items.map(toDeliveryMessage),
    nextPageToken: next === undefined ? "" : textPageToken(next, scope),
  });
}

function toFilter(request: ListDeliveriesRequest): Omit<DeliveryQuery, "limit"> {
  const { since, until } = request;
  const [state] = [...deliveryStates].find(([, number]) => number === request.state) ?? [];
  return {
    target: request.targetId === "" ? undefined : targetId(request.targetId),
    state,
    eventType: request.eventType || undefined,
    // Deliveries have whole microseconds: both bounds are the first one that is not before.
    since: since && toMicros(since, Math.ceil),
    until: until && toMicros(until, Math.ceil),
  };
}

/** @throws InvalidFields when the token belongs to another list */
function startOf(token: string, scope: readonly unknown[]): string | undefined {
  if (token === "") return undefined;
  const place = textPlaceOf(token, scope);
  if (place !== undefined) return place;
  const description = "must be the next_page_token of a call with the same filters";
  throw new InvalidFields([{ field: "page_token", description }]);
}

export function getDelivery({ store }: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: DeliveryService.method.getDelivery,
    prepare: ({ id }) => ({
      violations: [],
      async run({ identity }) {
        const found = await store.readDelivery(identity.instance, id);
        if (found === undefined) throw new ApiError("deliveryNotFound");
        const { delivery, log } = found;
        return create(GetDeliveryResponseSchema, {
          delivery: toDeliveryMessage(delivery),
          context: delivery.context,
          log: log.map(toAttemptMessage),
        });
      },
    }),
  });
}

export function retryDelivery(parts: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: DeliveryService.method.retryDelivery,
    prepare: ({ id }) => ({
      violations: [],
      async run(context) {
        const delivery = await act(parts, context, parts.store.retryDelivery, id);
        if (delivery.state !== "pending") throw notPending(delivery);
        return create(RetryDeliveryResponseSchema, { delivery: toDeliveryMessage(delivery) });
      },
    }),
  });
}

export function cancelDelivery(parts: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: DeliveryService.method.cancelDelivery,
    prepare: ({ id }) => ({
      violations: [],
      async run(context) {
        const delivery = await act(parts, context, parts.store.cancelDelivery, id);
        if (delivery.state !== "cancelled") throw notPending(delivery);
        return create(CancelDeliveryResponseSchema, { delivery: toDeliveryMessage(delivery) });
      },
    }),
  });
}

type Act = HandlerParts["store"]["retryDelivery"];

/** @throws ApiError deliveryNotFound */
async function act(
  { clock }: HandlerParts,
  { identity }: CallContext,
  change: Act,
  id: string,
): Promise<Delivery> {
  const delivery = await change(identity.instance, id, authorshipOf(identity, clock()));
  if (delivery === undefined) throw new ApiError("deliveryNotFound");
  return delivery;
}

function notPending({ state }: Delivery): ApiError {
  return new ApiError("deliveryNotPending", { detail: state, metadata: { state } });
}
