import { nanoseconds } from "../domain/units.ts";
import type { FailedCall, FailureStage } from "./outcome.ts";

/**
 * A call that failed before anything was dialled.
 *
 * @param message for the owner of the target; no secret
 */
export function unsentCall(
  stage: FailureStage,
  message: string,
  { timedOut = false, cause }: { readonly timedOut?: boolean; readonly cause?: unknown } = {},
): FailedCall {
  const nothing = { dns: undefined, connect: undefined, tls: undefined, firstByte: undefined };
  return {
    kind: "failed",
    ...{ stage, timedOut, message, status: undefined, cause },
    ...{ timings: { ...nothing, total: nanoseconds(0) }, address: undefined, reused: false },
  };
}
