import { create } from "@bufbuild/protobuf";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import { DeleteTargetResponseSchema } from "../../gen/zitadel/action/v2/target_messages_pb.ts";
import { requireEtag } from "../domain/target-update.ts";
import { targetId } from "../domain/units.ts";
import type { HandlerParts } from "./handler-parts.ts";
import { type UnaryHandler, unaryHandler } from "./method-table.ts";
import { toTimestamp } from "./time.ts";
import { authorshipIn } from "./write.ts";

/** DeleteTarget: deleting what is gone, or never was, is no error (contract.md section 5). */
export function deleteTarget({ store, clock }: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: ActionService.method.deleteTarget,
    prepare: (request) => ({
      violations: [],
      async run(context) {
        const check = (current: Parameters<typeof requireEtag>[0]) =>
          requireEtag(current, request.etag ?? "");
        const deletedAt = await store.deleteTarget(
          context.identity.instance,
          targetId(request.id),
          check,
          authorshipIn(context, clock()),
        );
        return create(DeleteTargetResponseSchema, {
          ...(deletedAt !== undefined && { deletionDate: toTimestamp(deletedAt) }),
        });
      },
    }),
  });
}
