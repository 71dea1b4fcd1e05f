/** Pages of lists between messages and the store. */
import { create } from "@bufbuild/protobuf";
import {
  type PaginationRequest,
  type PaginationResponse,
  PaginationResponseSchema,
} from "../../gen/zitadel/filter/v2/filter_pb.ts";
import type { Page } from "../store/store.ts";

/** Entries that a list returns when the caller names no limit. */
export const defaultLimit = 100;

/** Which part of a list is wanted. */
export interface PageQuery {
  readonly offset: number;
  readonly limit: number;
  readonly ascending: boolean;
}

export function toPageQuery(pagination: PaginationRequest | undefined): PageQuery {
  const offset = pagination?.offset ?? 0n;
  return {
    ascending: pagination?.asc ?? false,
    offset: offset > Number.MAX_SAFE_INTEGER ? Number.MAX_SAFE_INTEGER : Number(offset),
    limit: pagination?.limit || defaultLimit,
  };
}

export function toPagination(page: Page<unknown>, query: PageQuery): PaginationResponse {
  return create(PaginationResponseSchema, {
    totalResult: BigInt(page.total),
    appliedLimit: BigInt(query.limit),
  });
}
