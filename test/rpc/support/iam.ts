/** Clients of every service with a given token, and outcomes in short. */
import { type Client, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { AuditService } from "../../../gen/targetd/v1/audit_service_pb.ts";
import { CatalogService } from "../../../gen/targetd/v1/catalog_service_pb.ts";
import { DeliveryService } from "../../../gen/targetd/v1/delivery_service_pb.ts";
import { EventService } from "../../../gen/targetd/v1/event_service_pb.ts";
import { InstanceService } from "../../../gen/targetd/v1/instance_service_pb.ts";
import { TokenService } from "../../../gen/targetd/v1/token_service_pb.ts";
import { ActionService } from "../../../gen/zitadel/action/v2/action_service_pb.ts";
import { failure } from "../../support/doors/outcome.ts";
import { shortly } from "./play.ts";

/** The doors of the services without REST: a binary one and a JSON one. */
export const iamDoors = ["gRPC", "Connect JSON"] as const;

export interface Caller {
  readonly tokens: Client<typeof TokenService>;
  readonly instances: Client<typeof InstanceService>;
  readonly audit: Client<typeof AuditService>;
  readonly targets: Client<typeof ActionService>;
  readonly catalog: Client<typeof CatalogService>;
  readonly events: Client<typeof EventService>;
  readonly deliveries: Client<typeof DeliveryService>;
}

/** Calls the server at `url` with a token. */
export function callerOf(
  url: string,
  token: string,
  door: (typeof iamDoors)[number] = "gRPC",
): Caller {
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
    tokens: createClient(TokenService, transport),
    instances: createClient(InstanceService, transport),
    audit: createClient(AuditService, transport),
    targets: createClient(ActionService, transport),
    catalog: createClient(CatalogService, transport),
    events: createClient(EventService, transport),
    deliveries: createClient(DeliveryService, transport),
  };
}

/** "OK", or for instance "INVALID_ARGUMENT TARGETD-INVALID-ARGUMENT roles". */
export async function comes(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "OK";
  } catch (thrown) {
    if (!(thrown instanceof ConnectError)) throw thrown;
    const header = (name: string) => thrown.metadata.get(name);
    return shortly(
      failure(thrown.code, thrown.rawMessage, (desc) => thrown.findDetails(desc)[0], header),
    );
  }
}

/** The middle part of a token's text. */
export function tokenIdOf(text: string): string {
  return text.split("_")[1] ?? "";
}

/** A target that is valid, of a fresh name. */
export function anyTarget() {
  return {
    name: `target ${crypto.randomUUID()}`,
    targetType: { case: "restWebhook", value: {} } as const,
    timeout: { seconds: 10n },
    endpoint: "https://example.com/hook",
  };
}

/** An instance id that no other test uses. */
export function freshInstance(): string {
  return `i${crypto.randomUUID()}`;
}

export const denied = "PERMISSION_DENIED AUTH-5mWD2";
export const unauthenticated = "UNAUTHENTICATED AUTH-7fs1e";

/** INVALID_ARGUMENT for these fields. */
export function invalid(...fields: string[]): string {
  return ["INVALID_ARGUMENT TARGETD-INVALID-ARGUMENT", ...fields].join(" ");
}
