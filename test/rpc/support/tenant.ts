/** Instances of their own for tests of executions, which act on every call of an instance. */
import type { JsonObject } from "@bufbuild/protobuf";
import { type Client, createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { expect } from "vitest";
import { CatalogService } from "../../../gen/targetd/v1/catalog_service_pb.ts";
import { ExecutionService } from "../../../gen/targetd/v1/execution_service_pb.ts";
import { TargetService } from "../../../gen/targetd/v1/target_service_pb.ts";
import type { Outcome } from "../../support/doors/outcome.ts";
import type { doorNames } from "../../support/doors.ts";
import { type Caller, callerOf, freshInstance, type iamDoors } from "./iam.ts";
import { shortly } from "./play.ts";
import type { TestServer } from "./server.ts";

export const actionService = "zitadel.action.v2.ActionService";
export const allRequests: JsonObject = { request: { all: true } };
export const allResponses: JsonObject = { response: { all: true } };
/** The header that leads past executions. */
export const skipping = { "targetd-skip-executions": "true" };

export interface TenantCall {
  readonly through?: (typeof doorNames)[number];
  /** By default that of the instance's owner. */
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a test wants to know of a target. */
export interface Created {
  readonly id: string;
  readonly signingKey: string;
}

export interface Tenant extends Caller {
  readonly id: string;
  /** Of the owner. */
  readonly token: string;
  readonly executions: Client<typeof ExecutionService>;
  readonly testing: Client<typeof TargetService>;
  readonly catalog: Client<typeof CatalogService>;
  /** Calls a method of the action API through REST, or another door. */
  call(method: string, request: JsonObject, options?: TenantCall): Promise<Outcome>;
  /** Makes a call that must succeed, past all executions. */
  must(method: string, request: JsonObject): Promise<JsonObject>;
  /** Creates a target of type rest_webhook that interrupts, or as told. */
  target(endpoint: string, changes?: JsonObject): Promise<Created>;
  bind(condition: JsonObject, ...targets: readonly (string | Created)[]): Promise<void>;
  /** Makes a token and gives its text. */
  tokenOf(roles: string[], permissions?: string[]): Promise<string>;
}

/** Makes an instance. */
export async function newTenant(
  server: TestServer,
  door: (typeof iamDoors)[number] = "gRPC",
): Promise<Tenant> {
  const id = freshInstance();
  const { url, tokens } = server.app;
  const made = await callerOf(url, tokens.owner).instances.createInstance({ id });
  return tenantOf(server, id, made.accessToken, door);
}

function tenantOf(
  server: TestServer,
  id: string,
  token: string,
  door: (typeof iamDoors)[number],
): Tenant {
  const caller = callerOf(server.app.url, token);
  const tenant: Tenant = {
    ...caller,
    ...clientsOf(server.app.url, token, door),
    ...{ id, token },
    call(method, request, { through = "REST", ...options } = {}) {
      return server.door(through).call(method, request, { token, ...options });
    },
    async must(method, request) {
      const outcome = await tenant.call(method, request, { headers: skipping });
      expect(`${shortly(outcome)} ${outcome.text}`.trim()).toBe("OK");
      return outcome.message;
    },
    async target(endpoint, changes = {}) {
      const typed = "restCall" in changes || "restAsync" in changes;
      const message = await tenant.must("CreateTarget", {
        name: `target ${crypto.randomUUID()}`,
        ...(typed ? {} : { restWebhook: { interruptOnError: true } }),
        timeout: "10s",
        endpoint,
        ...changes,
      });
      return { id: String(message.id), signingKey: String(message.signingKey) };
    },
    async bind(condition, ...targets) {
      const ids = targets.map((target) => (typeof target === "string" ? target : target.id));
      await tenant.must("SetExecution", { condition, targets: ids });
    },
    async tokenOf(roles, permissions = []) {
      return (await caller.tokens.createToken({ roles, permissions })).accessToken;
    },
  };
  return tenant;
}

/** Clients of the services besides the action API. */
export function clientsOf(
  url: string,
  token: string,
  door: (typeof iamDoors)[number] = "gRPC",
): Pick<Tenant, "executions" | "testing" | "catalog"> {
  const authorize: Interceptor = (next) => (request) => {
    request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };
  const options = { baseUrl: url, interceptors: [authorize] };
  const transport =
    door === "gRPC"
      ? createGrpcTransport(options)
      : createConnectTransport({ ...options, httpVersion: "1.1", useBinaryFormat: false });
  return {
    executions: createClient(ExecutionService, transport),
    testing: createClient(TargetService, transport),
    catalog: createClient(CatalogService, transport),
  };
}
