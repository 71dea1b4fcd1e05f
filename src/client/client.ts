/**
 * `targetd/client`: the API of targetd as types and descriptors of Connect-ES, generated from its proto
 * files, and clients for it. It runs wherever fetch does, browsers included; the transport decides how.
 */
import { type Client, createClient, type Interceptor, type Transport } from "@connectrpc/connect";
import { AuditService } from "../../gen/targetd/v1/audit_service_pb.ts";
import { BackupService } from "../../gen/targetd/v1/backup_service_pb.ts";
import { CatalogService } from "../../gen/targetd/v1/catalog_service_pb.ts";
import { DeliveryService } from "../../gen/targetd/v1/delivery_service_pb.ts";
import { EventService } from "../../gen/targetd/v1/event_service_pb.ts";
import { ExecutionService } from "../../gen/targetd/v1/execution_service_pb.ts";
import { InstanceService } from "../../gen/targetd/v1/instance_service_pb.ts";
import { TargetService } from "../../gen/targetd/v1/target_service_pb.ts";
import { TokenService } from "../../gen/targetd/v1/token_service_pb.ts";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";

export * from "../../gen/targetd/v1/audit_service_pb.ts";
export * from "../../gen/targetd/v1/backup_service_pb.ts";
export * from "../../gen/targetd/v1/catalog_service_pb.ts";
export * from "../../gen/targetd/v1/delivery_policy_pb.ts";
export * from "../../gen/targetd/v1/delivery_service_pb.ts";
export * from "../../gen/targetd/v1/event_service_pb.ts";
export * from "../../gen/targetd/v1/execution_service_pb.ts";
export * from "../../gen/targetd/v1/instance_service_pb.ts";
export * from "../../gen/targetd/v1/target_service_pb.ts";
export * from "../../gen/targetd/v1/token_service_pb.ts";
export * from "../../gen/zitadel/action/v2/action_service_pb.ts";
export * from "../../gen/zitadel/action/v2/execution_messages_pb.ts";
export * from "../../gen/zitadel/action/v2/execution_pb.ts";
export * from "../../gen/zitadel/action/v2/public_key_messages_pb.ts";
export * from "../../gen/zitadel/action/v2/query_pb.ts";
export * from "../../gen/zitadel/action/v2/target_messages_pb.ts";
export * from "../../gen/zitadel/action/v2/target_pb.ts";
export * from "../../gen/zitadel/filter/v2/filter_pb.ts";
export * from "../../gen/zitadel/v1/error_detail_pb.ts";

/** Every service of targetd, by what callers would call it. */
const services = {
  /** Targets, their public keys, and executions. */
  actions: ActionService,
  audit: AuditService,
  backups: BackupService,
  catalog: CatalogService,
  deliveries: DeliveryService,
  events: EventService,
  executions: ExecutionService,
  instances: InstanceService,
  targets: TargetService,
  tokens: TokenService,
} as const;

/** One client for each service. */
export type TargetdClient = {
  readonly [Name in keyof typeof services]: Client<(typeof services)[Name]>;
};

/**
 * Clients of all services over one transport.
 *
 * ```ts
 * const interceptors = [accessToken(token)];
 * const transport = createConnectTransport({ baseUrl: "https://targetd.example.com", interceptors });
 * const { actions } = createTargetdClient(transport);
 * await actions.updateTarget({ id, name: "orders", updateMask: { paths: ["name"] } });
 * ```
 *
 * @param transport of @connectrpc/connect-node, or of @connectrpc/connect-web in browsers
 */
export function createTargetdClient(transport: Transport): TargetdClient {
  const clients = Object.entries(services).map(([name, service]) => [
    name,
    createClient(service, transport),
  ]);
  return Object.fromEntries(clients) as TargetdClient;
}

/**
 * Sends an access token with every call of a transport.
 *
 * @param token or a function that is asked for one before each call
 */
export function accessToken(token: string | (() => string | Promise<string>)): Interceptor {
  return (next) => async (request) => {
    const text = typeof token === "string" ? token : await token();
    request.header.set("authorization", `Bearer ${text}`);
    return next(request);
  };
}
