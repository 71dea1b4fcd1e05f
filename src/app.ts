/** The composition root: with the files of app/ the only one that knows the concrete parts. */
import { setTimeout as delay } from "node:timers/promises";
import { Code, ConnectError } from "@connectrpc/connect";
import type { GateParts } from "./app/call-gate.ts";
import { createDeliveries, type DeliveryParts } from "./app/deliveries.ts";
import { createDoors } from "./app/doors.ts";
import { createExecutions } from "./app/executions.ts";
import { type ServedMetrics, serveMetrics } from "./app/metrics.ts";
import { followStore } from "./app/reachability.ts";
import { services } from "./app/services.ts";
import { type OpenedStore, openStore } from "./app/store.ts";
import { startTracing, type Tracing } from "./app/tracing.ts";
import { type AdminToken, provideAdminToken } from "./auth/bootstrap.ts";
import { failedAuthenticationLog } from "./auth/failed-authentications.ts";
import { createTokenUse } from "./auth/token-use.ts";
import { type Clock, forwardClock } from "./clock.ts";
import type { ListenAddress } from "./config/rules.ts";
import type { Config } from "./config.ts";
import type { WorkerLimits } from "./delivery/worker.ts";
import { createEgressPolicy } from "./egress/egress-policy.ts";
import { type Lookup, lookupOfSystem } from "./egress/resolve.ts";
import { BodyBudget } from "./server/body-budget.ts";
import { createCutLog } from "./server/cut-log.ts";
import { type Listener, listen } from "./server/listen.ts";
import { createServingState } from "./server/serving-state.ts";
import { openCertificates } from "./server/tls/open-certificates.ts";
import { exposedFiles } from "./store/data-dir.ts";
import { startSweeper } from "./store/sweeper.ts";
import { failureLog } from "./telemetry/failure-log.ts";
import type { Logger } from "./telemetry/log.ts";
import { unlessAborted } from "./unless-aborted.ts";

/** A running server. */
export interface App {
  /** Where it listens, for instance "http://127.0.0.1:8080". */
  readonly url: string;
  /** Where a token that works can be had; undefined when that is not known. */
  readonly adminToken?: AdminToken | undefined;
  /** Stops taking calls, finishes those under way, closes the store. */
  stop(): Promise<void>;
}

export interface AppOptions {
  /** Ends the start as long as the port is not open; later it does nothing. */
  readonly signal?: AbortSignal | undefined;
  /** For tests. */
  readonly clock?: Clock;
  /** For tests. */
  readonly bodies?: BodyBudget;
  /** For tests. */
  readonly overload?: GateParts["overload"];
  /** For tests. */
  readonly deliveryLimits?: Partial<WorkerLimits>;
  /** For tests: finds the addresses of targets. */
  readonly lookup?: Lookup;
}

/**
 * Opens the store and the port. When it rejects, nothing is open any more.
 *
 * @throws Error whose message tells an operator what to do; the reason of the signal
 */
export async function buildApp(
  config: Config,
  log: Logger,
  options: AppOptions = {},
): Promise<App> {
  const {
    signal,
    clock = forwardClock(),
    bodies = new BodyBudget(),
    overload = {},
    deliveryLimits = {},
    lookup = lookupOfSystem,
  } = options;
  signal?.throwIfAborted();
  const measuring = await serveMetrics(config, log);
  const tracing = await startTracing(config, log);
  try {
    const parts = {
      ...{ config, log, clock, bodies, overload, deliveryLimits, lookup },
      ...{ measuring, tracing },
    };
    return await buildMeasured(parts, signal);
  } catch (thrown) {
    await Promise.all([measuring.close(), tracing.close()]);
    throw thrown;
  }
}

async function buildMeasured(
  given: Omit<Parts, keyof OpenedStore>,
  signal: AbortSignal | undefined,
): Promise<App> {
  const { config, log, clock } = given;
  const opened = await openStore(given);
  const { store } = opened;
  try {
    signal?.throwIfAborted();
    const { dataDir, bootstrapToken } = config;
    const adminToken = await provideAdminToken(store, dataDir, bootstrapToken, clock());
    if (bootstrapToken !== undefined && adminToken?.kind !== "setting") {
      log.warn(
        "TARGETD_BOOTSTRAP_TOKEN is ignored: the store has tokens, and this is none of them",
      );
    }
    for (const file of exposedFiles(dataDir)) {
      log.warn({ file }, "others than its owner may read or change this file: chmod 600");
    }
    return { ...(await serve({ ...given, ...opened }, signal)), adminToken };
  } catch (thrown) {
    await store.close();
    throw thrown;
  }
}

interface Parts extends DeliveryParts {
  readonly bodies: BodyBudget;
  readonly lookup: Lookup;
  readonly overload: GateParts["overload"];
  readonly measuring: ServedMetrics;
  readonly tracing: Tracing;
}

async function serve(
  given: Parts,
  signal: AbortSignal | undefined,
): Promise<Pick<App, "url" | "stop">> {
  const { config, log, clock, store, measuring, tracing } = given;
  const { metrics } = measuring;
  const { start: startDeliveries, stop: stopDeliveries, ...deliveries } = createDeliveries(given);
  const parts = { ...given, ...deliveries };
  const shutdown = new AbortController();
  const serving = createServingState(services.map((service) => service.typeName));
  const opening = openCertificates(config, log);
  const certificates = await unlessAborted(signal, opening, (follower) => follower?.stop());
  const onError = failureLog(log, "sweep");
  const stopSweeping = startSweeper({ ...deliveries, clock, retention: config, onError });
  const cuts = createCutLog(log);
  const tokenUse = createTokenUse(store, failureLog(log, "token use"));
  const listening = measuring.address === undefined ? [] : [measuring.address];
  const egress = createEgressPolicy({
    dev: config.dev,
    httpsOnly: config.egressHttpsOnly,
    allow: config.egressAllow ?? [],
    listening: () => listening,
  });
  const failures = failedAuthenticationLog(log);
  let url = config.publicUrl;
  const executions = createExecutions({ ...parts, egress, publicUrl: () => url });
  try {
    const listener = await listen({
      ...config.listen,
      certificates,
      limits: { drainMs: config.shutdownTimeout },
      nodeHttp2: !config.straightPath,
      signal,
      ...createDoors({
        ...{ ...parts, egress, tokenUse, failures, executions, serving, metrics },
        shutdownSignal: shutdown.signal,
      }),
      onCut: cuts.onCut,
    });
    listening.push(listenAddress(listener));
    if (url.endsWith(":0")) url = listener.url;
    startDeliveries(executions.callTarget);
    serving.set(true);
    const stopFollowing = followStore({ store, serving, log });
    return {
      url: listener.url,
      async stop() {
        stopFollowing();
        serving.set(false);
        await delay(config.drainDelay);
        shutdown.abort(new ConnectError("the server is shutting down", Code.Unavailable));
        await Promise.all([listener.drain(), stopDeliveries()]);
        cuts.stop();
        certificates?.stop();
        failures.stop();
        await executions.close();
        await Promise.all([stopSweeping(), tokenUse.stop()]);
        await Promise.all([measuring.close(), tracing.close()]);
        await store.close();
      },
    };
  } catch (thrown) {
    certificates?.stop();
    await Promise.all([stopSweeping(), executions.close()]);
    throw thrown;
  }
}

/** An open port as the egress policy compares it: by address, whatever name it was opened with. */
function listenAddress({ url, port }: Listener): ListenAddress {
  return { host: new URL(url).hostname.replace(/^\[(.*)\]$/, "$1"), port };
}
