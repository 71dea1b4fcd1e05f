/** Answers the lists of the ActionService as ZITADEL does, in one of its versions. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import type { ExecutionSchema } from "../../gen/zitadel/action/v2/execution_pb.ts";
import type { PublicKeySchema, TargetSchema } from "../../gen/zitadel/action/v2/target_pb.ts";
import { ActionService as BetaActionService } from "../../gen/zitadel/action/v2beta/action_service_pb.ts";
import {
  type PaginationRequest,
  PaginationRequestSchema,
} from "../../gen/zitadel/filter/v2/filter_pb.ts";
import type { TestPort } from "./port.ts";
import { openRpcPort } from "./rpc.ts";

export interface FakeZitadel {
  /** Oldest first, all three. */
  targets: MessageInitShape<typeof TargetSchema>[];
  /** By the id of the target; undefined in versions without public keys. */
  keys: Record<string, MessageInitShape<typeof PublicKeySchema>[]> | undefined;
  executions: MessageInitShape<typeof ExecutionSchema>[];
  /** Whether the methods are there under v2; they are under v2beta always. */
  v2: boolean;
  /** Largest limit that it allows; a larger one is refused. */
  maxLimit: number;
  /** Most entries that it gives, whatever was asked for. */
  given: number;
  /** Is called with every call, before it is answered. */
  onCall: (method: string, context: HandlerContext) => void;
}

/** The token that it knows. */
export const zitadelToken = "pat-of-a-machine-user-of-zitadel";

/** Serves it until the test ends; changes of `zitadel` act at once. */
export function openZitadel(zitadel: FakeZitadel): Promise<TestPort> {
  return openRpcPort((router) => {
    const methods = methodsOf(zitadel);
    router.service(BetaActionService as unknown as typeof ActionService, methods);
    if (zitadel.v2) router.service(ActionService, methods);
  });
}

/** One with nothing in it, of the newest version. */
export function emptyZitadel(): FakeZitadel {
  return {
    targets: [],
    keys: {},
    executions: [],
    v2: true,
    maxLimit: 1000,
    given: 1000,
    onCall: () => undefined,
  };
}

function methodsOf(zitadel: FakeZitadel) {
  const before = (method: string, context: HandlerContext) => {
    if (context.requestHeader.get("authorization") !== `Bearer ${zitadelToken}`) {
      throw new ConnectError("Errors.Token.Invalid (AUTH-7fs1e)", Code.Unauthenticated);
    }
    zitadel.onCall(method, context);
  };
  return {
    listTargets(request: { pagination?: PaginationRequest | undefined }, context: HandlerContext) {
      before("listTargets", context);
      const { page, pagination } = pageOf(zitadel.targets, request.pagination, zitadel);
      return { targets: page, pagination };
    },
    listPublicKeys(
      request: { targetId: string; pagination?: PaginationRequest | undefined },
      context: HandlerContext,
    ) {
      before("listPublicKeys", context);
      if (zitadel.keys === undefined) throw new ConnectError("unknown method", Code.Unimplemented);
      const keys = zitadel.keys[request.targetId] ?? [];
      const { page, pagination } = pageOf(keys, request.pagination, zitadel);
      return { publicKeys: page, pagination };
    },
    listExecutions(
      request: { pagination?: PaginationRequest | undefined },
      context: HandlerContext,
    ) {
      before("listExecutions", context);
      const { page, pagination } = pageOf(zitadel.executions, request.pagination, zitadel);
      return { executions: page, pagination };
    },
  };
}

/** Newest first unless asked otherwise; nothing is counted where the offset is past the end. */
function pageOf<T>(
  items: readonly T[],
  asked: PaginationRequest = create(PaginationRequestSchema),
  { maxLimit, given }: FakeZitadel,
) {
  if (asked.limit > maxLimit) {
    throw new ConnectError("Errors.Query.LimitExceeded (QUERY-4M0fs)", Code.InvalidArgument);
  }
  const limit = Math.min(asked.limit || maxLimit, given);
  const sorted = asked.asc ? items : items.toReversed();
  const page = sorted.slice(Number(asked.offset), Number(asked.offset) + limit);
  const totalResult = page.length === 0 ? 0n : BigInt(items.length);
  return { page, pagination: { totalResult, appliedLimit: BigInt(limit) } };
}
