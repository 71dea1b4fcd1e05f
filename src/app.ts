/** The composition root: the only file that knows the concrete parts. */
import { statSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { DescService } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { Health } from "../gen/grpc/health/v1/health_pb.ts";
import { ServerReflection } from "../gen/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as ServerReflectionAlpha } from "../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { AuditService } from "../gen/targetd/v1/audit_service_pb.ts";
import { InstanceService } from "../gen/targetd/v1/instance_service_pb.ts";
import { TokenService } from "../gen/targetd/v1/token_service_pb.ts";
import { ActionService } from "../gen/zitadel/action/v2/action_service_pb.ts";
import { ActionService as BetaActionService } from "../gen/zitadel/action/v2beta/action_service_pb.ts";
import { tokenAuthentication } from "./auth/authenticate.ts";
import { type AdminToken, provideAdminToken } from "./auth/bootstrap.ts";
import { deniedCallAudit } from "./auth/denied-calls.ts";
import { type FailureLog, failedAuthenticationLog } from "./auth/failed-authentications.ts";
import { issuerKeys } from "./auth/issuer-keys.ts";
import { keySetFetcher } from "./auth/jwks-fetch.ts";
import { jwtReader, type ReadJwt } from "./auth/jwt.ts";
import { createTokenUse, type TokenUse } from "./auth/token-use.ts";
import { type Clock, forwardClock } from "./clock.ts";
import type { Config } from "./config.ts";
import { isFeature } from "./domain/feature.ts";
import type { DenyEndpoint } from "./domain/target-update.ts";
import type { ReportBug } from "./errors/to-wire.ts";
import { targetIdSource } from "./ids.ts";
import { unaryHandlers } from "./rpc/handlers.ts";
import { methodTable } from "./rpc/method-table.ts";
import { createPipeline, type PipelineParts } from "./rpc/pipeline.ts";
import { createValidate } from "./rpc/validate.ts";
import { aliasHandlers } from "./rpc/version-alias.ts";
import { BodyBudget } from "./server/body-budget.ts";
import { createConnectDoor } from "./server/connect.ts";
import { withCors } from "./server/cors.ts";
import { createCutLog } from "./server/cut-log.ts";
import { createFrontDoor, methodsAt } from "./server/front-door.ts";
import { createHealth } from "./server/health.ts";
import { listen } from "./server/listen.ts";
import { createOpsDoor } from "./server/ops.ts";
import { createReflection } from "./server/reflection.ts";
import type { RequestHandler } from "./server/request.ts";
import { createRestDoor } from "./server/rest/door.ts";
import { createServingState, type ServingState } from "./server/serving-state.ts";
import { openCertificates } from "./server/tls/open-certificates.ts";
import { newSigningKey } from "./signing/new-signing-key.ts";
import { databaseFile, exposedFiles, makeDataDir, masterKeyFile } from "./store/data-dir.ts";
import { removeDrafts } from "./store/key-file.ts";
import { loadOrCreateMasterKey } from "./store/master-key.ts";
import { openSqliteStore } from "./store/sqlite/open.ts";
import type { Store } from "./store/store.ts";
import { startSweeper } from "./store/sweeper.ts";
import type { Logger } from "./telemetry/log.ts";
import { unlessAborted } from "./unless-aborted.ts";

/** Largest request body in bytes, inflated. */
const maxBodyBytes = 4 * 1024 * 1024;

/** Every service behind the port. */
export const services: readonly DescService[] = [
  ActionService,
  BetaActionService,
  TokenService,
  InstanceService,
  AuditService,
  Health,
  ServerReflection,
  ServerReflectionAlpha,
];

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
}

/**
 * Opens the store and the port. When it rejects, nothing is open any more.
 *
 * @throws Error whose message tells an operator what to do; the reason of the signal
 */
export async function buildApp(
  config: Config,
  log: Logger,
  { signal, clock = forwardClock(), bodies = new BodyBudget() }: AppOptions = {},
): Promise<App> {
  signal?.throwIfAborted();
  const store = await openStore(config, clock);
  try {
    signal?.throwIfAborted();
    const { dataDir, bootstrapToken } = config;
    removeDrafts(masterKeyFile(dataDir));
    const adminToken = await provideAdminToken(store, dataDir, bootstrapToken, clock());
    if (bootstrapToken !== undefined && adminToken?.kind !== "setting") {
      log.warn(
        "TARGETD_BOOTSTRAP_TOKEN is ignored: the store has tokens, and this is none of them",
      );
    }
    for (const file of exposedFiles(dataDir)) {
      log.warn({ file }, "others than its owner may read or change this file: chmod 600");
    }
    return { ...(await serve({ config, log, clock, store, bodies }, signal)), adminToken };
  } catch (thrown) {
    await store.close();
    throw thrown;
  }
}

async function openStore(config: Config, now: Clock): Promise<Store> {
  const { dataDir } = config;
  makeDataDir(dataDir);
  const file = databaseFile(dataDir);
  const databaseExists = (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0;
  const masterKey = config.masterKey ?? loadOrCreateMasterKey({ dataDir, databaseExists });
  return openSqliteStore({ file, masterKey, now });
}

interface Parts {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  readonly store: Store;
  readonly bodies: BodyBudget;
}

async function serve(
  parts: Parts,
  signal: AbortSignal | undefined,
): Promise<Pick<App, "url" | "stop">> {
  const { config, log, clock, store } = parts;
  const shutdown = new AbortController();
  const serving = createServingState(services.map((service) => service.typeName));
  const opening = openCertificates(config, log);
  const certificates = await unlessAborted(signal, opening, (follower) => follower?.stop());
  const stopSweeping = startSweeper(store, clock, (cause) => log.error({ err: cause }, "sweep"));
  const cuts = createCutLog(log);
  const tokenUse = createTokenUse(store, (cause) => log.error({ err: cause }, "token use"));
  const failures = failedAuthenticationLog(log);
  try {
    const listener = await listen({
      ...config.listen,
      certificates,
      limits: { drainMs: config.shutdownTimeout },
      signal,
      onRequest: createDoors({ ...parts, tokenUse, failures }, serving, shutdown.signal),
      onCut: cuts.onCut,
    });
    serving.set(true);
    return {
      url: listener.url,
      async stop() {
        serving.set(false);
        await delay(config.drainDelay);
        shutdown.abort(new ConnectError("the server is shutting down", Code.Unavailable));
        await listener.drain();
        cuts.stop();
        certificates?.stop();
        failures.stop();
        await Promise.all([stopSweeping(), tokenUse.stop()]);
        await store.close();
      },
    };
  } catch (thrown) {
    certificates?.stop();
    await stopSweeping();
    throw thrown;
  }
}

function createDoors(
  parts: Parts & { readonly tokenUse: TokenUse; readonly failures: FailureLog },
  serving: ServingState,
  shutdownSignal: AbortSignal,
): RequestHandler {
  const { config, log, clock, store, tokenUse, failures, bodies } = parts;
  const reportBug: ReportBug = (correlationId, cause) =>
    log.error({ correlationId, err: cause }, "internal error");
  const handlers = unaryHandlers({
    store,
    clock,
    newTargetId: targetIdSource(clock),
    newSigningKey,
    denyEndpoint: endpointPolicy(config),
  });
  const betaHandlers = aliasHandlers(BetaActionService, ActionService, handlers);
  const methods = methodTable(services, [...handlers, ...betaHandlers]);
  const pipeline = createPipeline({
    authenticate: tokenAuthentication({
      store,
      clock,
      used: tokenUse.used,
      readJwt: jwtReaderOf(parts),
    }),
    noteFailed: failures.note,
    featureOn: featureSwitch(parts),
    noteDenied: deniedCallAudit(store, clock, (cause) => log.error({ err: cause }, "audit")),
    validate: createValidate(),
  });
  const reflection = createReflection(services);
  const routes = (router: ConnectRouter) =>
    router
      .service(Health, createHealth(serving))
      .service(ServerReflection, reflection.v1)
      .service(ServerReflectionAlpha, reflection.v1alpha);
  const shared = { pipeline, methods, maxBodyBytes, bodies, reportBug };
  const doors = {
    ops: createOpsDoor(() => isReady(serving, store)),
    connect: createConnectDoor({ ...shared, routes, shutdownSignal }),
    rest: createRestDoor(shared),
  };
  const frontDoor = createFrontDoor(doors);
  const { corsOrigins } = config;
  if (corsOrigins === undefined) return frontDoor;
  return withCors({ origins: corsOrigins, methodsOf: methodsAt(doors, methods) }, frontDoor);
}

async function isReady(serving: ServingState, store: Store): Promise<boolean> {
  await store.ping();
  return serving.serving;
}

/** @returns undefined when no issuer is configured */
function jwtReaderOf({ config, clock, log }: Parts): ReadJwt | undefined {
  const { oidcIssuer: issuer, oidcAudience: audience, oidcJwksUrl: jwksUrl, dev } = config;
  if (issuer === undefined || audience === undefined) return undefined;
  const fetchKeySet = keySetFetcher({ issuer, jwksUrl, dev });
  const keys = issuerKeys({ fetchKeySet, clock, log });
  const { oidcRolesClaim: rolesClaim, oidcRoleMap: roleMap = new Map() } = config;
  return jwtReader({ issuer, audience, rolesClaim, roleMap }, { keys, clock, log });
}

/** What is set for the instance decides before what is set for the server. */
function featureSwitch({ config, store }: Parts): PipelineParts["featureOn"] {
  const server = { actions: config.featureActions };
  return async (feature, instance) => {
    const own = await store.featureSwitch(instance, feature);
    return own ?? (isFeature(feature) && server[feature]);
  };
}

/** What is refused when an endpoint is saved. */
function endpointPolicy({ egressHttpsOnly }: Config): DenyEndpoint {
  return (endpoint) =>
    egressHttpsOnly && !/^https:/i.test(endpoint)
      ? "must be https, because TARGETD_EGRESS_HTTPS_ONLY is set"
      : undefined;
}
