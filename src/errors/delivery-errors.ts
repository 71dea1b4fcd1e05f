/** The rows of the catalogue about deliveries. */
import { Code } from "@connectrpc/connect";
import type { CatalogueEntry } from "./catalogue-entry.ts";

export const deliveryErrors = {
  deliveryNotFound: {
    reason: "DELIVERY_NOT_FOUND",
    code: Code.NotFound,
    id: "TARGETD-DELIVERY-NOT-FOUND",
    text: "the delivery does not exist",
  },
  deliveryNotPending: {
    reason: "DELIVERY_NOT_PENDING",
    code: Code.FailedPrecondition,
    id: "TARGETD-DELIVERY-NOT-PENDING",
    text: "the delivery is finished",
  },
  deliveryTargetGone: {
    reason: "DELIVERY_TARGET_GONE",
    code: Code.FailedPrecondition,
    id: "TARGETD-DELIVERY-TARGET-GONE",
    text: "the target of the delivery no longer exists",
  },
  cursorTooOld: {
    reason: "CURSOR_TOO_OLD",
    code: Code.OutOfRange,
    id: "TARGETD-CURSOR-TOO-OLD",
    text: "what came behind the cursor is not kept; list the deliveries, and watch without a cursor",
  },
  quotaExceeded: {
    reason: "QUOTA_EXCEEDED",
    code: Code.ResourceExhausted,
    id: "TARGETD-QUOTA-EXCEEDED",
    text: "the instance has as much as its quota allows",
  },
  tooManyDeliveries: {
    reason: "TOO_MANY_DELIVERIES",
    code: Code.ResourceExhausted,
    id: "TARGETD-TOO-MANY-DELIVERIES",
    text: "the events make too many deliveries for one call; publish fewer events at a time",
  },
  tooManyWatches: {
    reason: "TOO_MANY_WATCHES",
    code: Code.ResourceExhausted,
    id: "TARGETD-TOO-MANY-WATCHES",
    text: "the instance has 100 watches",
  },
} as const satisfies Record<string, CatalogueEntry>;
