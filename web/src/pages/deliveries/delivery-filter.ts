/** Which deliveries a page shows, as its address says. */
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { type Delivery, DeliveryState } from "../../../../gen/targetd/v1/delivery_service_pb.ts";
import { readTimes, type TimeFilter, toTimestamps } from "../../router/time-filter.ts";

/** Names of states in addresses. */
export const stateNames = {
  pending: DeliveryState.PENDING,
  succeeded: DeliveryState.SUCCEEDED,
  failed: DeliveryState.FAILED,
  cancelled: DeliveryState.CANCELLED,
} as const;

export type StateName = keyof typeof stateNames;

export interface DeliveryFilter extends TimeFilter {
  /** Id of a target; empty means every one. */
  readonly target: string;
  /** Undefined means every one. */
  readonly state: StateName | undefined;
  /** Empty means every one. */
  readonly eventType: string;
}

/** Reads a query; what is no value of a filter counts as absent. */
export function readFilter(query: URLSearchParams): DeliveryFilter {
  return {
    target: query.get("target") ?? "",
    state: stateNamed(query.get("state")),
    eventType: query.get("type") ?? "",
    ...readTimes(query),
  };
}

/** Parameters of the query whose values are none of their filter. */
export function invalidParameters(query: URLSearchParams): readonly string[] {
  const { state, since, until } = readFilter(query);
  return Object.entries({ state, since, until })
    .filter(([name, value]) => value === undefined && query.has(name))
    .map(([name]) => name);
}

function stateNamed(name: string | null): StateName | undefined {
  return (Object.keys(stateNames) as StateName[]).find((each) => each === name);
}

/** The filter as ListDeliveries takes it. */
export function toListRequest({ target, state, eventType, ...times }: DeliveryFilter) {
  return {
    targetId: target,
    state: state === undefined ? DeliveryState.UNSPECIFIED : stateNames[state],
    eventType,
    ...toTimestamps(times),
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
