/** A server that has a bit of everything that is stored, made over its own API. */
import { generateKeyPairSync } from "node:crypto";
import type { JsonObject } from "@bufbuild/protobuf";
import { fromJson } from "@bufbuild/protobuf";
import { expect } from "vitest";
import { AuditService } from "../../gen/targetd/v1/audit_service_pb.ts";
import { CatalogService } from "../../gen/targetd/v1/catalog_service_pb.ts";
import { DeliveryService, DeliveryState } from "../../gen/targetd/v1/delivery_service_pb.ts";
import { EventService } from "../../gen/targetd/v1/event_service_pb.ts";
import { InstanceService } from "../../gen/targetd/v1/instance_service_pb.ts";
import { TokenService } from "../../gen/targetd/v1/token_service_pb.ts";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import { SetExecutionRequestSchema } from "../../gen/zitadel/action/v2/execution_messages_pb.ts";
import { CreateTargetRequestSchema } from "../../gen/zitadel/action/v2/target_messages_pb.ts";
import type { GrpcCaller } from "./grpc-caller.ts";
import type { Hook } from "./hook.ts";
import { buy, shopDescriptorSet } from "./shop.ts";

const action = ActionService.method;
const catalog = CatalogService.method;
const instances = InstanceService.method;
const deliveries = DeliveryService.method;

/** Settings of servers whose targets are on this machine. */
export const localTargets = { TARGETD_EGRESS_ALLOW: "127.0.0.0/8" } as const;

/** Texts that stores may treat each in their own way. */
const oddText = 'ä \\ " {,} 🦆';

export interface Filled {
  /** The target that hears of events of the type shop.sold. */
  readonly target: string;
  /** Its key before the current one, and the current one. */
  readonly keys: readonly string[];
  /** An update that was made with a request id. */
  readonly repeated: { readonly id: string; readonly requestId: string; readonly name: string };
}

export async function fillServer(call: GrpcCaller, hook: Hook): Promise<Filled> {
  hook.answer(({ json }) => ({ status: json.aggregateID === "fails" ? 500 : 200, body: oddText }));
  await call(catalog.importDescriptorSet, { source: "shop", descriptorSet: shopDescriptorSet() });
  await call(catalog.setFunctions, { functions: ["price"] });
  await call(catalog.setEventTypes, { eventTypes: ["shop.sold", "shop.paid"] });
  const target = await create(call, {
    endpoint: hook.url,
    headers: { authorization: "Basic c2VjcmV0" },
    // Late enough for whoever compares what is told before and after.
    deliveryPolicy: { retryDelays: ["3600s"] },
  });
  const rotation = { id: target.id, expirationSigningKey: { seconds: 86_400n } };
  const { message: rotated } = await call(action.updateTarget, rotation);
  const repeated = { id: target.id, requestId: crypto.randomUUID(), name: `named ${oddText}` };
  await call(action.updateTarget, repeated);
  await encrypt(call, await create(call, { endpoint: hook.url, payloadType: "PAYLOAD_TYPE_JWE" }));
  const gone = await create(call, { endpoint: hook.url });
  await call(action.deleteTarget, { id: gone.id });
  await bind(call, { event: { event: "shop.sold" } }, [target.id]);
  await bind(call, { request: { method: buy } }, [target.id]);
  await bind(call, { function: { name: "price" } }, [target.id]);
  await bind(call, { function: { name: "price" } }, []);
  await otherInstance(call);
  await publish(call, "works");
  await publish(call, "fails");
  await expect.poll(() => countAttempted(call)).toBe(2);
  return { target: target.id, keys: [target.signingKey, rotated.signingKey ?? ""], repeated };
}

async function create(call: GrpcCaller, changes: JsonObject) {
  const name = `target ${crypto.randomUUID()}`;
  const given = { name, restAsync: {}, timeout: "10s", ...changes };
  return (await call(action.createTarget, fromJson(CreateTargetRequestSchema, given))).message;
}

async function encrypt(call: GrpcCaller, { id: targetId }: { readonly id: string }) {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = Buffer.from(publicKey.export({ type: "spki", format: "pem" }));
  const { message } = await call(action.addPublicKey, { targetId, publicKey: pem });
  await call(action.activatePublicKey, { targetId, keyId: message.keyId });
}

async function bind(call: GrpcCaller, condition: JsonObject, targets: string[]): Promise<void> {
  await call(action.setExecution, fromJson(SetExecutionRequestSchema, { condition, targets }));
}

async function otherInstance(call: GrpcCaller): Promise<void> {
  await call(instances.createInstance, { id: "other", name: oddText });
  await call(instances.createInstance, { id: "gone", name: "Gone" });
  await call(instances.deleteInstance, { id: "gone" });
  await call(instances.setFeature, { instanceId: "other", feature: "actions", enabled: false });
  await call(instances.rotateInstanceKey, {});
  const permissions = ["iam.audit.read", "action.target.read"];
  const { message } = await call(TokenService.method.createToken, {
    ...{ description: oddText, permissions },
  });
  await call(TokenService.method.revokeToken, { id: message.token?.id ?? "" });
}

/** Publishes an event that the target is told of. */
export async function publish(call: GrpcCaller, aggregateId: string): Promise<void> {
  const event = { id: crypto.randomUUID(), type: "shop.sold", aggregateId };
  await call(EventService.method.publishEvents, { events: [event] });
}

async function listed(call: GrpcCaller) {
  return (await call(deliveries.listDeliveries, {})).message.deliveries;
}

async function countAttempted(call: GrpcCaller): Promise<number> {
  return (await listed(call)).filter(({ attempts }) => attempts > 0).length;
}

/** Retries what has failed once, and resolves when nothing waits to be delivered. */
export async function allDelivered(call: GrpcCaller): Promise<void> {
  const pending = async () =>
    (await listed(call)).filter(({ state }) => state === DeliveryState.PENDING);
  for (const { id, attempts } of await pending()) {
    if (attempts > 0) await call(deliveries.retryDelivery, { id });
  }
  await expect.poll(async () => (await pending()).length).toBe(0);
}

/** What the API tells of what is stored. */
export async function toldBy(call: GrpcCaller): Promise<readonly unknown[]> {
  const answers = await Promise.all([
    call(action.listTargets, {}),
    call(action.listExecutions, {}),
    call(catalog.getCatalog, {}),
    call(instances.listInstances, {}),
    call(instances.listInstanceKeys, {}),
    call(AuditService.method.listChanges, {}),
    call(deliveries.listDeliveries, {}),
    call(TokenService.method.listTokens, {}),
  ]);
  const log = await Promise.all(
    (await listed(call)).map(({ id }) => call(deliveries.getDelivery, { id })),
  );
  return [...answers, ...log].map(({ message }) => withoutUses(message));
}

/** The last uses of tokens are those of the reading itself. */
function withoutUses(message: object): unknown {
  return JSON.parse(
    JSON.stringify(message, (name, value) => {
      if (name === "lastUseDate") return undefined;
      return typeof value === "bigint" ? String(value) : value;
    }),
  );
}
