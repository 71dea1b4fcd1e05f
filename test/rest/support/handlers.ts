import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { ActionService } from "../../../gen/zitadel/action/v2/action_service_pb.ts";
import {
  GetTargetResponseSchema,
  ListTargetsResponseSchema,
  type UpdateTargetRequest,
  UpdateTargetResponseSchema,
} from "../../../gen/zitadel/action/v2/target_messages_pb.ts";
import { TargetSchema } from "../../../gen/zitadel/action/v2/target_pb.ts";
import { ApiError } from "../../../src/errors/api-error.ts";
import { unaryHandler } from "../../../src/rpc/method-table.ts";

/** Answers any target; the id "none" does not exist, and "bug" breaks the handler. */
export const getTarget = unaryHandler({
  method: ActionService.method.getTarget,
  prepare: ({ id }) => ({
    violations: [],
    run: async () => {
      if (id === "none") throw new ApiError("getTargetNotFound");
      if (id === "bug") throw new Error("secret detail");
      return create(GetTargetResponseSchema, { target: create(TargetSchema, { id, etag: "e1" }) });
    },
  }),
});

export const listTargets = unaryHandler({
  method: ActionService.method.listTargets,
  prepare: () => ({
    violations: [],
    run: async () =>
      create(ListTargetsResponseSchema, { pagination: { totalResult: 2n ** 60n }, targets: [] }),
  }),
});

/** Keeps the requests that reach it. */
export function updateTarget(seen: UpdateTargetRequest[]) {
  return unaryHandler({
    method: ActionService.method.updateTarget,
    prepare: (request) => ({
      violations: [],
      run: async (context) => {
        seen.push(request);
        context.setHeader("targetd-replayed", "true");
        return create(UpdateTargetResponseSchema, { changeDate: timestampFromMs(0) });
      },
    }),
  });
}
