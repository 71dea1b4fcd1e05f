/** grpc.health.v1, the standard health check of gRPC. */
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import {
  type Health,
  HealthCheckResponse_ServingStatus as Status,
} from "../../gen/grpc/health/v1/health_pb.ts";
import type { ServingState } from "./serving-state.ts";

/**
 * All services share one state. Check answers NOT_FOUND for a service that the server does not
 * have, Watch SERVICE_UNKNOWN. A watch ends when the client leaves, and with the reason of the
 * router's shutdown signal when the server does; it keeps no queue, so a slow client sees the
 * latest state and not every one.
 */
export function createHealth(state: ServingState): ServiceImpl<typeof Health> {
  const statusNow = () => (state.serving ? Status.SERVING : Status.NOT_SERVING);
  return {
    check({ service }) {
      if (!state.knows(service)) throw new ConnectError("unknown service", Code.NotFound);
      return { status: statusNow() };
    },

    async *watch({ service }, { signal }) {
      let sent: Status | undefined;
      for (;;) {
        const status = state.knows(service) ? statusNow() : Status.SERVICE_UNKNOWN;
        if (status === sent) {
          await nextChange(state, signal);
        } else {
          sent = status;
          yield { status };
        }
      }
    },
  };
}

/** Resolves at the next change; rejects with the signal's reason, and then listens no more. */
function nextChange(state: ServingState, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const stop = () => {
      remove();
      signal.removeEventListener("abort", onAbort);
    };
    const onAbort = () => {
      stop();
      reject(signal.reason);
    };
    const remove = state.onChange(() => {
      stop();
      resolve();
    });
    signal.addEventListener("abort", onAbort);
  });
}
