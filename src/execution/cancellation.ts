import { Code, ConnectError } from "@connectrpc/connect";
import { ApiError } from "../errors/api-error.ts";

/**
 * Why a caller that gave up gets no answer; its own deadline is told apart.
 *
 * @param signal that of the call, aborted
 * @returns cancelled or executionDeadline
 */
export function cancellation({ reason }: AbortSignal): ApiError {
  const late = reason instanceof ConnectError && reason.code === Code.DeadlineExceeded;
  return new ApiError(late ? "executionDeadline" : "cancelled", { cause: reason });
}
