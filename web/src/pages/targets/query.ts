/** What the list of targets is asked for, as it stands in the address. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { TargetFieldName } from "../../../../gen/zitadel/action/v2/query_pb.ts";
import type { ListTargetsRequestSchema } from "../../../../gen/zitadel/action/v2/target_messages_pb.ts";
import { TextFilterMethod } from "../../../../gen/zitadel/filter/v2/filter_pb.ts";

export type ListTargetsRequest = MessageInitShape<typeof ListTargetsRequestSchema>;

interface SortOrder {
  readonly value: string;
  readonly text: string;
  readonly column: TargetFieldName;
  readonly asc: boolean;
}

/** The first one is what an address without an order means. */
export const sortOrders: readonly [SortOrder, ...SortOrder[]] = [
  { value: "newest", text: "Newest first", column: TargetFieldName.CREATED_DATE, asc: false },
  { value: "oldest", text: "Oldest first", column: TargetFieldName.CREATED_DATE, asc: true },
  {
    value: "changed",
    text: "Last changed first",
    column: TargetFieldName.CHANGED_DATE,
    asc: false,
  },
  { value: "name", text: "Name, A to Z", column: TargetFieldName.NAME, asc: true },
  { value: "name-desc", text: "Name, Z to A", column: TargetFieldName.NAME, asc: false },
  { value: "type", text: "Type", column: TargetFieldName.TARGET_TYPE, asc: true },
  { value: "endpoint", text: "Endpoint", column: TargetFieldName.URL, asc: true },
];

export interface TargetQuery {
  /** Part of the name; empty for all. */
  readonly text: string;
  readonly sort: string;
}

/** Longest text that a filter of names may have. */
export const maxSearch = 200;

/** Reads an address; an order that does not exist is the first one. */
export function readTargetQuery(query: URLSearchParams): TargetQuery {
  const wanted = query.get("sort");
  const { value } = sortOrders.find((order) => order.value === wanted) ?? sortOrders[0];
  return { text: [...(query.get("q") ?? "")].slice(0, maxSearch).join(""), sort: value };
}

/** Targets in one page of the list. */
export const pageSize = 100;

/**
 * @param page counted from 0
 * @param limit most targets in a page
 */
export function listRequest(
  { text, sort }: TargetQuery,
  page: number,
  limit = pageSize,
): ListTargetsRequest {
  const { column, asc } = sortOrders.find(({ value }) => value === sort) ?? sortOrders[0];
  const filter = { targetName: text, method: TextFilterMethod.CONTAINS_IGNORE_CASE };
  return {
    pagination: { offset: BigInt(page * limit), limit, asc },
    sortingColumn: column,
    filters: text === "" ? [] : [{ filter: { case: "targetNameFilter" as const, value: filter } }],
  };
}
