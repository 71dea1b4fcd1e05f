/** ListChanges: the audit of the caller's instance, a page at a time. */
import { create } from "@bufbuild/protobuf";
import {
  AuditService,
  type ListChangesRequest,
  type ListChangesResponse,
  ListChangesResponseSchema,
} from "../../gen/targetd/v1/audit_service_pb.ts";
import type { Identity } from "../auth/identity.ts";
import { InvalidFields } from "../errors/invalid-fields.ts";
import type { ChangeQuery } from "../store/audit-store.ts";
import { resourceTypes, toChangeMessage } from "./change-message.ts";
import type { HandlerParts } from "./handler-parts.ts";
import { type UnaryHandler, unaryHandler } from "./method-table.ts";
import { pageToken, placeOf } from "./page-token.ts";
import { defaultLimit } from "./pagination.ts";
import { timestampViolations, toMicros } from "./time.ts";

export function listChanges(parts: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: AuditService.method.listChanges,
    prepare: (request) => ({
      violations: [
        ...timestampViolations("since", request.since),
        ...timestampViolations("until", request.until),
      ],
      run: ({ identity }) => run(parts, request, identity),
    }),
  });
}

async function run(
  { store }: HandlerParts,
  request: ListChangesRequest,
  { instance }: Identity,
): Promise<ListChangesResponse> {
  const filter = toFilter(request);
  const { resourceType, resourceId, author, since, until } = filter;
  const scope = [instance, resourceType, resourceId, author, since, until];
  const { items, next } = await store.listChanges(instance, {
    ...filter,
    after: startOf(request.pageToken, scope),
    limit: request.pageSize || defaultLimit,
  });
  return create(ListChangesResponseSchema, {
    changes: items.map(toChangeMessage),
    nextPageToken: next === undefined ? "" : pageToken(next, scope),
  });
}

function toFilter(request: ListChangesRequest): Omit<ChangeQuery, "limit"> {
  const { since, until } = request;
  const [resourceType] =
    [...resourceTypes].find(([, number]) => number === request.resourceType) ?? [];
  return {
    resourceType,
    resourceId: request.resourceId || undefined,
    author: request.author || undefined,
    // Changes have whole microseconds: both bounds are the first one that is not before.
    since: since && toMicros(since, Math.ceil),
    until: until && toMicros(until, Math.ceil),
  };
}

/** @throws InvalidFields when the token belongs to another list */
function startOf(token: string, scope: readonly unknown[]): number | undefined {
  if (token === "") return undefined;
  const place = placeOf(token, scope);
  if (place !== undefined) return place;
  const description = "must be the next_page_token of a call with the same filters";
  throw new InvalidFields([{ field: "page_token", description }]);
}
