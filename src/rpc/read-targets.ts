/** GetTarget and ListTargets. */
import { create } from "@bufbuild/protobuf";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import { TargetFieldName, type TargetSearchFilter } from "../../gen/zitadel/action/v2/query_pb.ts";
import {
  type GetTargetResponse,
  type ListTargetsRequest,
  ListTargetsResponseSchema,
} from "../../gen/zitadel/action/v2/target_messages_pb.ts";
import { TextFilterMethod } from "../../gen/zitadel/filter/v2/filter_pb.ts";
import { holds } from "../auth/identity.ts";
import type { NameFilter, TargetFilter, TargetQuery, TargetSort } from "../domain/target-query.ts";
import { targetId } from "../domain/units.ts";
import { ApiError } from "../errors/api-error.ts";
import type { HandlerParts } from "./handler-parts.ts";
import { type CallContext, type UnaryHandler, unaryHandler } from "./method-table.ts";
import { toPageQuery, toPagination } from "./pagination.ts";
import { toTargetMessage } from "./target-message.ts";

export function getTarget({ store, clock }: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: ActionService.method.getTarget,
    prepare: (request) => ({
      violations: [],
      async run(context) {
        const { instance } = context.identity;
        const target = await store.getTarget(instance, targetId(request.id), clock());
        if (target === undefined) throw new ApiError("getTargetNotFound");
        const message: GetTargetResponse = {
          $typeName: "zitadel.action.v2.GetTargetResponse",
          target: toTargetMessage(target, mayReadKeys(context)),
        };
        return message;
      },
    }),
  });
}

export function listTargets({ store, clock }: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: ActionService.method.listTargets,
    prepare: (request) => ({
      violations: [],
      async run(context) {
        const query = toQuery(request);
        const page = await store.listTargets(context.identity.instance, query, clock());
        const withKeys = mayReadKeys(context);
        return create(ListTargetsResponseSchema, {
          pagination: toPagination(page, query),
          targets: page.items.map((target) => toTargetMessage(target, withKeys)),
        });
      },
    }),
  });
}

/** Signing keys are only for those who could replace them (contract.md section 5). */
function mayReadKeys({ identity }: CallContext): boolean {
  return holds(identity, "action.target.write");
}

const sorts: ReadonlyMap<TargetFieldName, TargetSort> = new Map<TargetFieldName, TargetSort>([
  [TargetFieldName.UNSPECIFIED, "createdAt"],
  [TargetFieldName.ID, "id"],
  [TargetFieldName.CREATED_DATE, "createdAt"],
  [TargetFieldName.CHANGED_DATE, "changedAt"],
  [TargetFieldName.NAME, "name"],
  [TargetFieldName.TARGET_TYPE, "type"],
  [TargetFieldName.URL, "endpoint"],
  [TargetFieldName.TIMEOUT, "timeout"],
  [TargetFieldName.INTERRUPT_ON_ERROR, "interruptOnError"],
]);

type TextMatch = Pick<NameFilter, "match" | "ignoreCase">;

const textMatches: ReadonlyMap<TextFilterMethod, TextMatch> = new Map<TextFilterMethod, TextMatch>([
  [TextFilterMethod.EQUALS, { match: "equals", ignoreCase: false }],
  [TextFilterMethod.EQUALS_IGNORE_CASE, { match: "equals", ignoreCase: true }],
  [TextFilterMethod.STARTS_WITH, { match: "startsWith", ignoreCase: false }],
  [TextFilterMethod.STARTS_WITH_IGNORE_CASE, { match: "startsWith", ignoreCase: true }],
  [TextFilterMethod.CONTAINS, { match: "contains", ignoreCase: false }],
  [TextFilterMethod.CONTAINS_IGNORE_CASE, { match: "contains", ignoreCase: true }],
  [TextFilterMethod.ENDS_WITH, { match: "endsWith", ignoreCase: false }],
  [TextFilterMethod.ENDS_WITH_IGNORE_CASE, { match: "endsWith", ignoreCase: true }],
]);

function toQuery({ pagination, sortingColumn, filters }: ListTargetsRequest): TargetQuery {
  return {
    filters: filters.flatMap(toFilter),
    sort: sorts.get(sortingColumn ?? TargetFieldName.UNSPECIFIED) ?? "createdAt",
    ...toPageQuery(pagination),
  };
}

function toFilter({ filter }: TargetSearchFilter): TargetFilter[] {
  switch (filter.case) {
    case "targetNameFilter": {
      const { targetName, method } = filter.value;
      const match = textMatches.get(method) ?? { match: "equals", ignoreCase: false };
      return [{ kind: "name", text: targetName, ...match }];
    }
    case "inTargetIdsFilter":
      return [{ kind: "ids", ids: filter.value.targetIds }];
    case undefined:
      return [];
  }
}
