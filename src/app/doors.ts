/** Puts together what answers requests; a part of the composition root. */
import type { ConnectRouter } from "@connectrpc/connect";
import { Health } from "../../gen/grpc/health/v1/health_pb.ts";
import { ServerReflection } from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as ServerReflectionAlpha } from "../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import { ActionService as BetaActionService } from "../../gen/zitadel/action/v2beta/action_service_pb.ts";
import { tokenAuthentication } from "../auth/authenticate.ts";
import { deniedCallAudit } from "../auth/denied-calls.ts";
import type { FailureLog } from "../auth/failed-authentications.ts";
import { issuerKeys } from "../auth/issuer-keys.ts";
import { keySetFetcher } from "../auth/jwks-fetch.ts";
import { jwtReader, type ReadJwt } from "../auth/jwt.ts";
import type { TokenUse } from "../auth/token-use.ts";
import { isFeature } from "../domain/feature.ts";
import type { EgressPolicy } from "../egress/egress.ts";
import type { ReportBug } from "../errors/to-wire.ts";
import { targetIdSource } from "../ids.ts";
import type { HandlerParts } from "../rpc/handler-parts.ts";
import { streamHandlers, unaryHandlers } from "../rpc/handlers.ts";
import { measured } from "../rpc/measured-pipeline.ts";
import { type MethodEntry, type MethodTable, methodTable } from "../rpc/method-table.ts";
import { createPipeline, type Pipeline, type PipelineParts } from "../rpc/pipeline.ts";
import { traced } from "../rpc/traced-pipeline.ts";
import { createValidate } from "../rpc/validate.ts";
import { aliasHandlers } from "../rpc/version-alias.ts";
import { createApiDocsDoor } from "../server/api-docs.ts";
import type { BodyBudget } from "../server/body-budget.ts";
import { createConnectDoor } from "../server/connect.ts";
import { createConsoleDoor } from "../server/console.ts";
import { corsFields, withCors } from "../server/cors.ts";
import { createExchangeDoor, createFrontDoor, methodsAt } from "../server/front-door.ts";
import { createHealth } from "../server/health.ts";
import { createJwksDoor } from "../server/jwks.ts";
import { createOpsDoor, type OpsDoor } from "../server/ops.ts";
import { createReflection } from "../server/reflection.ts";
import type { RequestHandlers } from "../server/request.ts";
import { createRestDoor } from "../server/rest/door.ts";
import type { ServingState } from "../server/serving-state.ts";
import { createGrpcDoor } from "../server/unary/grpc.ts";
import { newInstanceKey } from "../signing/new-instance-key.ts";
import { newSigningKey } from "../signing/new-signing-key.ts";
import type { Store } from "../store/store.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { createCallGate, type GateParts } from "./call-gate.ts";
import type { ExecutionParts, Executions } from "./executions.ts";
import { reach } from "./reachability.ts";
import { services } from "./services.ts";
import type { Copies } from "./store.ts";

/** Largest request body in bytes, inflated, of methods that name no other. */
const maxBodyBytes = 4 * 1024 * 1024;

export interface DoorParts
  extends ExecutionParts,
    GateParts,
    Pick<HandlerParts, "deliveryChanges"> {
  readonly bodies: BodyBudget;
  readonly tokenUse: TokenUse;
  readonly failures: FailureLog;
  readonly executions: Executions;
  readonly serving: ServingState;
  readonly copies: Copies | undefined;
  readonly metrics: Metrics;
  /** Aborts streams at the stop. */
  readonly shutdownSignal: AbortSignal;
}

/** Puts handlers, pipeline and doors together. */
export function createDoors(parts: DoorParts): RequestHandlers {
  const { config, log, clock, store, tokenUse, failures, bodies, egress } = parts;
  const { executions, serving, shutdownSignal, deliveryChanges, copies } = parts;
  const reportBug: ReportBug = (correlationId, cause) =>
    log.error({ correlationId, err: cause }, "internal error");
  const handlerParts: HandlerParts = {
    store,
    clock,
    quotas: config,
    newTargetId: targetIdSource(clock),
    newSigningKey,
    newInstanceKey,
    denyEndpoint: endpointDenial(egress),
    ...executions,
    deliveryChanges,
    backups: copies && {
      ...copies,
      onSent: (subject, bytes) => log.info({ subject, bytes }, "backup sent"),
    },
  };
  const handlers = unaryHandlers(handlerParts);
  const betaHandlers = aliasHandlers(BetaActionService, ActionService, handlers);
  const methods = methodTable(
    services,
    [...handlers, ...betaHandlers],
    streamHandlers(handlerParts),
  );
  const pipelineParts: PipelineParts = {
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
    around: executions.around,
  };
  const pipeline = watched(parts, createPipeline(pipelineParts));
  const reflection = createReflection(services);
  // Unary calls under way are finished at the stop.
  const ended = { shutdownSignal };
  const routes = (router: ConnectRouter) =>
    router
      .service(Health, createHealth(serving), ended)
      .service(ServerReflection, reflection.v1, ended)
      .service(ServerReflectionAlpha, reflection.v1alpha, ended);
  const gate = createCallGate(parts);
  const shared = { pipeline, methods, maxBodyBytes, bodies, gate, reportBug };
  const straight = config.straightPath ? pipelineMethods(methods) : new Map();
  const { corsOrigins: origins = [] } = config;
  const cors = corsFields(origins);
  const doors = {
    ops: createPlainDoor(parts, reportBug),
    connect: createConnectDoor({ ...shared, routes, straight, shutdownSignal }),
    rest: createRestDoor(shared),
  };
  const frontDoor = createFrontDoor(doors);
  return {
    onRequest: withCors({ origins, methodsOf: methodsAt(doors, methods) }, frontDoor),
    onStream: createGrpcDoor({ ...shared, paths: straight, corsFields: cors }),
    onExchange: config.straightPath ? createExchangeDoor(doors, cors) : undefined,
  };
}

/** The pipeline with what is told of its calls. */
function watched({ tracing: { startSpan }, metrics }: DoorParts, pipeline: Pipeline): Pipeline {
  return measured(startSpan === undefined ? pipeline : traced(pipeline, startSpan), metrics);
}

/** What needs no credential and is no method. */
function createPlainDoor(parts: DoorParts, reportBug: ReportBug): OpsDoor {
  const { config, serving, store, executions } = parts;
  const { published } = executions.instanceKeys;
  const keySets = createJwksDoor({ published, reportBug });
  const consoles = config.console ? [createConsoleDoor()] : [];
  return createOpsDoor(() => isReady(serving, store), keySets, createApiDocsDoor(), ...consoles);
}

/** The unary methods that go through the pipeline, by their paths. */
function pipelineMethods(methods: MethodTable): ReadonlyMap<string, MethodEntry> {
  const all = [...methods.values()];
  const served = all.filter(
    ({ method, access }) => method.methodKind === "unary" && access.case !== "public",
  );
  return new Map(served.map((entry) => [`/${entry.name}`, entry]));
}

async function isReady(serving: ServingState, store: Store): Promise<boolean> {
  await reach(store);
  return serving.serving;
}

/** @returns undefined when no issuer is configured */
function jwtReaderOf({ config, clock, log }: DoorParts): ReadJwt | undefined {
  const { oidcIssuer: issuer, oidcAudience: audience, oidcJwksUrl: jwksUrl, dev } = config;
  if (issuer === undefined || audience === undefined) return undefined;
  const fetchKeySet = keySetFetcher({ issuer, jwksUrl, dev });
  const keys = issuerKeys({ fetchKeySet, clock, log });
  const { oidcRolesClaim: rolesClaim, oidcRoleMap: roleMap = new Map() } = config;
  return jwtReader({ issuer, audience, rolesClaim, roleMap }, { keys, clock, log });
}

/** What is set for the instance decides before what is set for the server. */
function featureSwitch({ config, store }: DoorParts): PipelineParts["featureOn"] {
  const server = { actions: config.featureActions };
  return async (feature, instance) => {
    const own = await store.featureSwitch(instance, feature);
    return own ?? (isFeature(feature) && server[feature]);
  };
}

/** What is refused when an endpoint is saved. */
function endpointDenial({ judgeEndpoint }: EgressPolicy): HandlerParts["denyEndpoint"] {
  return (instance) => (endpoint) => {
    const verdict = judgeEndpoint(endpoint, instance);
    return verdict.allowed ? undefined : verdict.description;
  };
}
