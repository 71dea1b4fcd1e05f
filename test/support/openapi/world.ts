/** Makes what the examples of the document name. */
import { generateKeyPairSync } from "node:crypto";
import type { JsonObject } from "@bufbuild/protobuf";
import { expect } from "vitest";
import type { Hook } from "../hook.ts";
import { listOf, objectOf } from "./document.ts";

/** Calls a method by its full name; fails the test unless that succeeds. */
export type Call = (method: string, request: JsonObject) => Promise<JsonObject>;

/** A caller over Connect. */
export function connectCaller(url: string, token: string): Call {
  return async (method, request) => {
    const response = await fetch(`${url}/${method}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(request),
    });
    const text = await response.text();
    expect(response.status, `${method}: ${text}`).toBe(200);
    return JSON.parse(text);
  };
}

/** What stands for the texts of an example, for instance the id of a target for "TARGET_ID". */
export type Texts = Readonly<Record<string, string>>;

const action = "zitadel.action.v2.ActionService";
const unique = (name: string) => `${name}-${crypto.randomUUID().slice(0, 8)}`;

/** Makes what the example of an operation names. */
export async function textsFor(operation: string, call: Call, hook: Hook): Promise<Texts> {
  const common = {
    orders: unique("orders"),
    "https://hooks.example.com/orders": hook.url,
    acme: unique("acme"),
    default: "default",
  };
  const [service = "", method = ""] = operation.split("_");
  const make = makers.get(service) ?? none;
  return { ...common, ...(await make({ call, hook }, method)) };
}

interface Place {
  readonly call: Call;
  readonly hook: Hook;
}

type Maker = (place: Place, method: string) => Promise<Texts>;

const none: Maker = async () => ({});

const targetAndKey: Maker = async (place, method) => {
  const id = await target(place);
  const texts = { TARGET_ID: id };
  return /PublicKey$/.test(method) ? { ...texts, KEY_ID: await publicKey(place, id) } : texts;
};

const makers: ReadonlyMap<string, Maker> = new Map([
  ["ActionService", targetAndKey],
  ["ActionServiceV2beta", targetAndKey],
  ["TargetService", signingKey],
  ["DeliveryService", async (place) => ({ DELIVERY_ID: await delivery(place) })],
  ["TokenService", async ({ call }) => ({ TOKEN_ID: await token(call) })],
  ["InstanceService", instance],
]);

async function target({ call, hook }: Place, more: JsonObject = {}): Promise<string> {
  const request = {
    ...{ name: unique("target"), restWebhook: {}, timeout: "5s", endpoint: hook.url },
    ...more,
  };
  return String((await call(`${action}/CreateTarget`, request)).id);
}

async function publicKey({ call }: Place, targetId: string): Promise<string> {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = Buffer.from(pair.publicKey.export({ type: "spki", format: "pem" }));
  const request = { targetId, publicKey: pem.toString("base64") };
  return String((await call(`${action}/AddPublicKey`, request)).keyId);
}

/** A target with a signing key that a newer one has replaced. */
async function signingKey(place: Place): Promise<Texts> {
  // RenewTarget is for temporary ones.
  const id = await target(place, { ttl: "600s" });
  const request = { id, expirationSigningKey: "3600s" };
  const rotated = objectOf((await place.call(`${action}/UpdateTarget`, request)).target);
  const [previous] = listOf(rotated.previousSigningKeys).map(objectOf);
  return { TARGET_ID: id, KEY_ID: String(previous?.keyId) };
}

/** A delivery that has failed once and waits. */
async function delivery(place: Place): Promise<string> {
  const { call, hook } = place;
  hook.answer(() => ({ status: 500 }));
  const type = unique("shop");
  await call("targetd.v1.CatalogService/SetEventTypes", { eventTypes: [type] });
  const id = await target(place, { deliveryPolicy: { retryDelays: ["3600s"] } });
  await call(`${action}/SetExecution`, { condition: { event: { event: type } }, targets: [id] });
  const event = { id: crypto.randomUUID(), type, aggregateId: "1" };
  await call("targetd.v1.EventService/PublishEvents", { events: [event] });
  const list = async () =>
    listOf((await call("targetd.v1.DeliveryService/ListDeliveries", { targetId: id })).deliveries);
  await expect.poll(async () => objectOf((await list())[0]).attempts).toBe(1);
  return String(objectOf((await list())[0]).id);
}

async function token(call: Call): Promise<string> {
  const request = { description: "test", roles: ["IAM_OWNER_VIEWER"] };
  const made = await call("targetd.v1.TokenService/CreateToken", request);
  return String(objectOf(made.token).id);
}

async function instance({ call }: Place): Promise<Texts> {
  const id = unique("acme");
  await call("targetd.v1.InstanceService/CreateInstance", { id, name: "Acme" });
  const request = { instanceId: id };
  const { key } = await call("targetd.v1.InstanceService/RotateInstanceKey", request);
  return { INSTANCE_ID: id, KEY_ID: String(objectOf(key).keyId) };
}
