/** Which changes the audit shows, as its address says. */
import { ResourceType } from "../../../../gen/targetd/v1/audit_service_pb.ts";
import { readTimes, type TimeFilter, toTimestamps } from "../../router/time-filter.ts";

/** Kinds of things by their names in addresses; empty means every kind. */
export const resourceTypes = [
  { value: "", text: "Everything", type: ResourceType.UNSPECIFIED },
  { value: "target", text: "Targets", type: ResourceType.TARGET },
  { value: "execution", text: "Executions", type: ResourceType.EXECUTION },
  { value: "delivery", text: "Deliveries", type: ResourceType.DELIVERY },
  { value: "catalogue", text: "Catalogue", type: ResourceType.CATALOG },
  { value: "token", text: "Tokens", type: ResourceType.TOKEN },
  { value: "instance", text: "Instances", type: ResourceType.INSTANCE },
  { value: "call", text: "Calls", type: ResourceType.CALL },
] as const;

type ResourceName = (typeof resourceTypes)[number]["value"];

/** Name of a kind, in the singular. */
export function resourceText(type: ResourceType): string {
  return resourceTypes.find((each) => each.type === type)?.value || "other";
}

export interface AuditFilter extends TimeFilter {
  readonly resource: ResourceName;
  /** Empty means every one. */
  readonly id: string;
  /** Empty means everybody. */
  readonly author: string;
}

/** Reads a query; what is no value of a filter counts as absent. */
export function readAuditFilter(query: URLSearchParams): AuditFilter {
  const resource = resourceTypes.find(({ value }) => value === query.get("resource"));
  return {
    resource: resource?.value ?? "",
    id: query.get("id") ?? "",
    author: query.get("author") ?? "",
    ...readTimes(query),
  };
}

/** The filter as ListChanges takes it. */
export function toChangesRequest({ resource, id, author, ...times }: AuditFilter) {
  return {
    resourceType: resourceTypes.find(({ value }) => value === resource)?.type ?? 0,
    resourceId: id,
    author,
    ...toTimestamps(times),
  };
}
