/** Which deliveries a page shows, as its address says. */
import { timestampFromDate, timestampMs } from "@bufbuild/protobuf/wkt";
import { type Delivery, DeliveryState } from "../../../../gen/targetd/v1/delivery_service_pb.ts";

/** Names of states in addresses. */
export const stateNames = {
  pending: DeliveryState.PENDING,
  succeeded: DeliveryState.SUCCEEDED,
  failed: DeliveryState.FAILED,
  cancelled: DeliveryState.CANCELLED,
} as const;

export type StateName = keyof typeof stateNames;

export interface DeliveryFilter {
  /** Id of a target; empty means every one. */
  readonly target: string;
  /** Undefined means every one. */
  readonly state: StateName | undefined;
  /** Empty means every one. */
  readonly eventType: string;
  /** Created at this time or later, in milliseconds since 1970. */
  readonly since: number | undefined;
  /** Created before this time, in milliseconds since 1970. */
  readonly until: number | undefined;
}

/** Reads a query; what is no value of a filter counts as absent. */
export function readFilter(query: URLSearchParams): DeliveryFilter {
  return {
    target: query.get("target") ?? "",
    state: stateNamed(query.get("state")),
    eventType: query.get("type") ?? "",
    since: timeOf(query.get("since")),
    until: timeOf(query.get("until")),
  };
}

function stateNamed(name: string | null): StateName | undefined {
  return (Object.keys(stateNames) as StateName[]).find((each) => each === name);
}

/** @param text ISO 8601, for instance "2026-11-23T04:00:00Z" */
function timeOf(text: string | null): number | undefined {
  const time = Date.parse(text ?? "");
  return Number.isNaN(time) ? undefined : time;
}

/** The filter as ListDeliveries takes it. */
export function toListRequest({ target, state, eventType, since, until }: DeliveryFilter) {
  const timestamp = (ms: number) => timestampFromDate(new Date(ms));
  return {
    targetId: target,
    state: state === undefined ? DeliveryState.UNSPECIFIED : stateNames[state],
    eventType,
    ...(since !== undefined && { since: timestamp(since) }),
    ...(until !== undefined && { until: timestamp(until) }),
  };
}

/** Whether ListDeliveries would list it: WatchDeliveries tells of those of a target whatever they are. */
export function matches(filter: DeliveryFilter, delivery: Delivery): boolean {
  const created = delivery.creationDate === undefined ? 0 : timestampMs(delivery.creationDate);
  return (
    (filter.target === "" || filter.target === delivery.targetId) &&
    (filter.state === undefined || stateNames[filter.state] === delivery.state) &&
    (filter.eventType === "" || filter.eventType === delivery.eventType) &&
    (filter.since === undefined || created >= filter.since) &&
    (filter.until === undefined || created < filter.until)
  );
}
