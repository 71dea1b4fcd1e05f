/** Values that examples of requests are made of: a server takes them, given that the ids exist. */
import type { DescField, JsonValue } from "@bufbuild/protobuf";

/** Nobody has kept its private half. */
const publicKey = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEXBaHJrEfJHlamTECAxDb5gpV+fr7
YoM31uFK+5/98t7Wnlisgoq5ft+jv0giaYbhb6aOyEAiwHyqfjumzARwew==
-----END PUBLIC KEY-----
`;

const ownMethod = "/zitadel.action.v2.ActionService/CreateTarget";
const shopMethod = "/shop.v1.Shop/Buy";

/** Of one message: part of every example that has the message. */
const ofMessage: ReadonlyMap<string, JsonValue> = new Map<string, JsonValue>([
  ["CreateTargetRequest.name", "orders"],
  ["UpdateTargetRequest.timeout", "20s"],
  ["AddPublicKeyRequest.public_key", Buffer.from(publicKey).toString("base64")],
  ["SetExecutionRequest.targets", ["TARGET_ID"]],
  ["RequestExecution.method", ownMethod],
  ["ResponseExecution.method", ownMethod],
  ["RequestOccurrence.full_method", shopMethod],
  ["RequestOccurrence.request", { item: "book" }],
  ["ResponseOccurrence.full_method", shopMethod],
  ["Event.id", "order-4711-paid"],
  ["Event.type", "shop.paid"],
  ["Event.aggregate_id", "order-4711"],
  ["Event.payload", { total: "12.50" }],
  ["CreateTokenRequest.description", "dashboard"],
  ["CreateTokenRequest.roles", ["IAM_OWNER_VIEWER"]],
  ["CreateInstanceRequest.id", "acme"],
  ["CreateInstanceRequest.name", "Acme"],
  ["ReplayDeliveriesRequest.id", "DELIVERY_ID"],
  ["RevokeInstanceKeyRequest.instance_id", "INSTANCE_ID"],
  ["SetFeatureRequest.feature", "actions"],
  ["SetFeatureRequest.enabled", true],
  ["ImportDescriptorSetRequest.source", "shop"],
  ["SetEventTypesRequest.event_types", ["shop.paid"]],
  ["SetFunctionsRequest.functions", ["price"]],
]);

/** Of every field with the name: part of an example where the field is required. */
const ofName: ReadonlyMap<string, JsonValue> = new Map<string, JsonValue>([
  ["endpoint", "https://hooks.example.com/orders"],
  ["timeout", "10s"],
  ["ttl", "120s"],
  ["since", "2026-01-31T00:00:00Z"],
]);

/** What a field is like; undefined when its type tells enough. */
export function exampleOf(field: DescField): JsonValue | undefined {
  return ownExample(field) ?? ofName.get(field.name);
}

function ownExample({ parent, name }: DescField): JsonValue | undefined {
  return ofMessage.get(`${parent.name}.${name}`);
}

/** Tells whether examples have the field although it need not be given. */
export function isShown(field: DescField): boolean {
  return ownExample(field) !== undefined;
}

/** The example of an id: the place where it goes, for instance "TARGET_ID". */
export function placeholder({ name, parent }: DescField): string {
  const [, thing = ""] = /^[A-Z][a-z]+([A-Za-z]+)Request$/.exec(parent.name) ?? [];
  return (name === "id" && thing !== "" ? `${thing}_id` : name).toUpperCase();
}
