/** TargetService.RevokeSigningKey. */
import { create } from "@bufbuild/protobuf";
import {
  RevokeSigningKeyResponseSchema,
  TargetService,
} from "../../gen/targetd/v1/target_service_pb.ts";
import { revokeKey } from "../domain/signing-key.ts";
import type { Target } from "../domain/target.ts";
import { targetId } from "../domain/units.ts";
import type { HandlerParts } from "./handler-parts.ts";
import { type UnaryHandler, unaryHandler } from "./method-table.ts";
import { toTimestamp } from "./time.ts";
import { authorshipIn, storeFailure } from "./write.ts";

export function revokeSigningKey({ store, clock }: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: TargetService.method.revokeSigningKey,
    prepare: (request) => ({
      violations: [],
      async run(context) {
        const at = clock();
        const change = (current: Target) => revokeKey(current, request.keyId, at);
        const options = authorshipIn(context, at);
        const written = await store
          .updateTarget(context.identity.instance, targetId(request.targetId), change, options)
          .catch((thrown: unknown) => {
            throw storeFailure(thrown, "updateTargetNotFound");
          });
        if (written.kind !== "done") throw new Error("there is no request to repeat");
        const changeDate = toTimestamp(written.result.next.changedAt);
        return create(RevokeSigningKeyResponseSchema, { changeDate });
      },
    }),
  });
}
