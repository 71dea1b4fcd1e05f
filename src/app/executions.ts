/** Puts together what calls targets; a part of the composition root. */
import { createCatalogs } from "../catalog/catalogs.ts";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { EgressPolicy } from "../egress/egress.ts";
import { createGuardedAgent } from "../egress/guarded-agent.ts";
import type { Lookup } from "../egress/resolve.ts";
import { createCall } from "../execution/call.ts";
import { callerHeaders } from "../execution/caller-headers.ts";
import { type Around, createAround } from "../execution/own-api.ts";
import { executionFinder } from "../execution/router.ts";
import { createRunner } from "../execution/run.ts";
import { skipAudit } from "../execution/skip-audit.ts";
import { createCallTarget } from "../execution/target-call.ts";
import { tracedCallTarget } from "../execution/traced-call.ts";
import { deliveryIdSource } from "../ids.ts";
import type { HandlerParts } from "../rpc/handler-parts.ts";
import { storeFailure } from "../rpc/write.ts";
import { createInstanceKeys, type InstanceKeys } from "../signing/instance-keys.ts";
import { type Store, StoreError } from "../store/store.ts";
import type { Logger } from "../telemetry/log.ts";
import { version } from "../version.ts";
import type { Tracing } from "./tracing.ts";

export interface ExecutionParts {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  readonly store: Store;
  readonly egress: EgressPolicy;
  readonly tracing: Pick<Tracing, "startSpan">;
}

export interface ExecutionOptions extends ExecutionParts {
  /** Where others reach the server, without trailing slash; asked for when it listens. */
  readonly publicUrl: () => string;
  /** Finds the addresses of targets. */
  readonly lookup: Lookup;
}

export interface Executions
  extends Pick<HandlerParts, "catalogs" | "findExecution" | "runTargets" | "callTarget"> {
  readonly instanceKeys: InstanceKeys;
  readonly around: Around;
  /** Cuts the connections to targets. */
  close(): Promise<void>;
}

export function createExecutions(parts: ExecutionOptions): Executions {
  const { config, log, clock, store, egress, publicUrl, lookup } = parts;
  const agent = createGuardedAgent({
    policy: egress,
    ca: config.egressCaFile?.join(""),
    proxy: config.egressProxy === undefined ? undefined : new URL(config.egressProxy),
    lookup,
  });
  const instanceKeys = createInstanceKeys({ store, clock });
  const call = createCall({ agent, version });
  const { startSpan } = parts.tracing;
  const makeCall = createCallTarget({ call, instanceKeys, clock, publicUrl });
  const callTarget = startSpan === undefined ? makeCall : tracedCallTarget(makeCall, startSpan);
  const findExecution = executionFinder(store, clock);
  const runTargets = createRunner({
    ...{ callTarget, log, clock },
    readTarget: (instance, id) =>
      store.readCallableTarget(instance, id, clock()).catch(instanceFailure),
    async enqueue(instance, delivery) {
      try {
        const mostPending = config.quotaQueuedDeliveries;
        await store.enqueue(instance, [delivery], clock(), { mostPending });
        return "kept";
      } catch (thrown) {
        if (thrown instanceof StoreError && thrown.code === "queue-full") return "full";
        return instanceFailure(thrown);
      }
    },
    newDeliveryId: deliveryIdSource(clock),
  });
  const around = createAround({
    findExecution,
    runTargets,
    callerHeaders: callerHeaders(config.trustedProxies ?? []),
    noteSkipped: skipAudit(store, clock),
  });
  const catalogs = createCatalogs(store);
  return {
    ...{ catalogs, findExecution, runTargets, callTarget, instanceKeys, around },
    close: () => agent.close(),
  };
}

/** @throws ApiError */
function instanceFailure(thrown: unknown): never {
  throw storeFailure(thrown, "instanceNotFound");
}
