/** EventService.PublishEvents: takes events for delivery (contract.md sections 6 and 10). */
import { create, type JsonObject } from "@bufbuild/protobuf";
import {
  type Event,
  EventService,
  type PublishEventsRequest,
  type PublishEventsResponse,
  PublishEventsResponseSchema,
} from "../../gen/targetd/v1/event_service_pb.ts";
import { builtIn } from "../catalog/built-in.ts";
import { eventCandidates } from "../domain/condition.ts";
import type { PublishedEvent } from "../domain/delivery.ts";
import { eventContext } from "../domain/event-context.ts";
import { nameProblem } from "../domain/name.ts";
import type { InstanceId, Micros } from "../domain/units.ts";
import { ApiError, type Violation } from "../errors/api-error.ts";
import { isFiniteJson } from "../json/finite.ts";
import { StoreError } from "../store/store.ts";
import { eventTypeForm } from "./catalog.ts";
import { createEventRate, type EventRate } from "./event-rate.ts";
import type { HandlerParts } from "./handler-parts.ts";
import { type CallContext, type UnaryHandler, unaryHandler } from "./method-table.ts";
import { quotaExceeded, quotaFailure } from "./quotas.ts";
import { timestampViolations, toMicros } from "./time.ts";
import { authorshipIn, storeFailure } from "./write.ts";

/** Longest payload of an event as JSON, in bytes. */
export const maxPayloadBytes = 256 * 1024;

/**
 * Most deliveries that the events of one call may make together, so that other writers do not wait for
 * long: all of them are one transaction.
 */
export const mostDeliveries = 5000;

export function publishEvents(parts: HandlerParts): UnaryHandler {
  const rate = createEventRate(parts.quotas.quotaEventsPerSecond);
  return unaryHandler({
    method: EventService.method.publishEvents,
    prepare: (request) => ({
      violations: [
        ...request.events.flatMap((event, index) => eventViolations(`events[${index}]`, event)),
        ...repeatedIds(request.events),
      ],
      run: (context) => run(parts, rate, request, context),
    }),
  });
}

async function run(
  { store, clock, quotas }: HandlerParts,
  rate: EventRate,
  { events }: PublishEventsRequest,
  context: CallContext,
): Promise<PublishEventsResponse> {
  const { instance } = context.identity;
  const at = clock();
  const published = events.map((event) => toPublished(event, instance, at));
  const allowance = rate(instance, events.length, at);
  const mostPending = quotas.quotaQueuedDeliveries;
  const most = { mostNew: allowance.events, mostDeliveries, mostPending };
  const options = { ...authorshipIn(context, at), ...most };
  const deliveries = await store
    .publishEvents(instance, published, eventCandidates, options)
    .catch((thrown: unknown) => {
      allowance.giveBack();
      if (thrown instanceof StoreError && thrown.code === "quota-exceeded") {
        throw quotaExceeded(quotas, "quotaEventsPerSecond", allowance.retryAfter);
      }
      throw storeFailure(quotaFailure(deliveriesFailure(thrown), quotas), "instanceNotFound");
    });
  return create(PublishEventsResponseSchema, { deliveries: [...deliveries] });
}

/** Without a time to try again: the same call would be refused then, too. */
function deliveriesFailure(thrown: unknown): unknown {
  if (!(thrown instanceof StoreError && thrown.code === "too-many-deliveries")) return thrown;
  const [count, limit] = [String(thrown.count), String(mostDeliveries)];
  return new ApiError("tooManyDeliveries", {
    detail: `${count} deliveries, at most ${limit}`,
    metadata: { deliveries: count, limit },
  });
}

function toPublished(event: Event, instance: InstanceId, now: Micros): PublishedEvent {
  const { id, type, aggregateId, aggregateType, resourceOwner, version } = event;
  const { sequence, createdAt, userId, payload } = event;
  const context = eventContext({
    ...{ instance, type, aggregateId, aggregateType, resourceOwner, version, sequence, userId },
    createdAt: createdAt === undefined ? now : toMicros(createdAt, Math.floor),
    payload,
  });
  return { id, type, aggregateId, context };
}

const textFields = [
  ["id", "id"],
  ["aggregate_id", "aggregateId"],
  ["aggregate_type", "aggregateType"],
  ["resource_owner", "resourceOwner"],
  ["version", "version"],
  ["user_id", "userId"],
] as const;

/** The mistakes of an event that the proto file cannot tell. */
function eventViolations(place: string, event: Event): Violation[] {
  const texts = textFields.flatMap(([name, key]) => {
    const description = nameProblem(event[key]);
    return description === undefined ? [] : [{ field: `${place}.${name}`, description }];
  });
  return [
    ...texts,
    ...idViolations(`${place}.id`, event.id),
    ...typeViolations(`${place}.type`, event.type),
    ...timestampViolations(`${place}.created_at`, event.createdAt),
    ...payloadViolations(`${place}.payload`, event.payload),
  ];
}

/** Whoever took the id of an event of our own would keep it from being published. */
function idViolations(field: string, id: string): Violation[] {
  return id.startsWith("targetd:")
    ? [{ field, description: 'must not begin with "targetd:"' }]
    : [];
}

/** An empty type is a matter of the proto file. */
function typeViolations(field: string, type: string): Violation[] {
  if (ownTypes.has(type)) return [{ field, description: "is published by targetd itself" }];
  if (type === "" || eventTypeForm.test(type)) return [];
  const description = "must consist of letters, digits, dashes and underscores with dots between";
  return [{ field, description }];
}

/** Receivers may take these for the truth about their targets. */
const ownTypes: ReadonlySet<string> = new Set(builtIn.eventTypes);

function payloadViolations(field: string, payload: JsonObject | undefined): Violation[] {
  if (payload === undefined) return [];
  if (!isFiniteJson(payload)) {
    return [{ field, description: "must be JSON, without numbers like NaN or 1e999" }];
  }
  if (Buffer.byteLength(JSON.stringify(payload)) <= maxPayloadBytes) return [];
  return [{ field, description: `must be at most ${maxPayloadBytes} bytes as JSON` }];
}

/** Empty ids are a matter of the proto file. */
function repeatedIds(events: readonly Event[]): Violation[] {
  const first = new Map<string, number>();
  return events.flatMap(({ id }, index) => {
    const earlier = first.get(id);
    if (earlier === undefined) first.set(id, index);
    if (earlier === undefined || id === "") return [];
    const description = `must differ from that of events[${earlier}]`;
    return [{ field: `events[${index}].id`, description }];
  });
}
