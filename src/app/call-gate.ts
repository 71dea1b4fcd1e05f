/** Puts the bound on waiting calls together; a part of the composition root. */
import { CallGate, type CallGateParts } from "../server/overload/call-gate.ts";
import type { Store } from "../store/store.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";

export interface GateParts {
  /** For tests. */
  readonly overload: Pick<CallGateParts, "limits" | "loop">;
  readonly store: Store;
  readonly metrics: Metrics;
  readonly log: Logger;
}

export function createCallGate({ overload, store, metrics, log }: GateParts): CallGate {
  const gate = new CallGate({
    ...overload,
    storeQueue: store.queue,
    listener: {
      began: () => log.warn("overloaded: calls that would wait too long are refused"),
      ended: (refused) => log.info({ refused }, "no longer overloaded"),
      refused: metrics.refused,
    },
  });
  metrics.watchCalls(() => gate.underWay);
  return gate;
}
