/** TargetService.RenewTarget. */
import { create } from "@bufbuild/protobuf";
import { DurationSchema } from "@bufbuild/protobuf/wkt";
import {
  RenewTargetResponseSchema,
  TargetService,
} from "../../gen/targetd/v1/target_service_pb.ts";
import { targetId } from "../domain/units.ts";
import { ApiError } from "../errors/api-error.ts";
import type { HandlerParts } from "./handler-parts.ts";
import { type UnaryHandler, unaryHandler } from "./method-table.ts";
import { durationViolations, endOf, toTimestamp } from "./time.ts";
import { storeFailure } from "./write.ts";

export function renewTarget({ store, clock }: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: TargetService.method.renewTarget,
    prepare: ({ targetId: id, ttl = create(DurationSchema) }) => ({
      violations: durationViolations("ttl", ttl),
      async run({ identity }) {
        const expiresAt = endOf(ttl, clock());
        const isTemporary = await store
          .renewTarget(identity.instance, targetId(id), expiresAt)
          .catch((thrown: unknown) => {
            throw storeFailure(thrown, "updateTargetNotFound");
          });
        if (!isTemporary) throw new ApiError("targetNotTemporary");
        return create(RenewTargetResponseSchema, { expirationDate: toTimestamp(expiresAt) });
      },
    }),
  });
}
