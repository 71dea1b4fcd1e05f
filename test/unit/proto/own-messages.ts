/** The messages of targetd.v1, written down by hand: their numbers must never change. */
import type { Shape } from "../../support/descriptor-shape.ts";

const timestamp = "google.protobuf.Timestamp";
const value = "google.protobuf.Value";
const own = "targetd.v1";
const page = "zitadel.filter.v2.PaginationRequest";
const pageInfo = "zitadel.filter.v2.PaginationResponse";

const messages: Readonly<Record<string, Shape>> = {
  Access: {
    permission: "oneof rule string = 1",
    authenticated: "oneof rule bool = 2",
    public: "oneof rule bool = 3",
    default_instance_only: "bool = 4",
  },
  DeliveryPolicy: {
    retry_delays: "repeated google.protobuf.Duration = 1",
    client_errors_final: "bool = 2",
    max_concurrency: "uint32 = 3",
    max_per_second: "uint32 = 4",
  },
  Token: {
    id: "string = 1",
    description: "string = 2",
    roles: "repeated string = 3",
    permissions: "repeated string = 4",
    creation_date: `${timestamp} = 5`,
    expiration_date: `${timestamp} = 6`,
    last_use_date: `${timestamp} = 7`,
    revocation_date: `${timestamp} = 8`,
  },
  CreateTokenRequest: {
    description: "string = 1",
    roles: "repeated string = 2",
    permissions: "repeated string = 3",
    expiration_date: `optional ${timestamp} = 4`,
    instance_id: "string = 5",
  },
  CreateTokenResponse: { token: `${own}.Token = 1`, access_token: "string = 2" },
  ListTokensRequest: { pagination: `optional ${page} = 1` },
  ListTokensResponse: { pagination: `${pageInfo} = 1`, tokens: `repeated ${own}.Token = 2` },
  RevokeTokenRequest: { id: "string = 1" },
  RevokeTokenResponse: { revocation_date: `${timestamp} = 1` },
  Instance: {
    id: "string = 1",
    name: "string = 2",
    creation_date: `${timestamp} = 3`,
    features: "map<string, bool> = 4",
  },
  CreateInstanceRequest: { id: "string = 1", name: "string = 2" },
  CreateInstanceResponse: { instance: `${own}.Instance = 1`, access_token: "string = 2" },
  ListInstancesRequest: { pagination: `optional ${page} = 1` },
  ListInstancesResponse: {
    pagination: `${pageInfo} = 1`,
    instances: `repeated ${own}.Instance = 2`,
  },
  DeleteInstanceRequest: { id: "string = 1" },
  DeleteInstanceResponse: { deletion_date: `${timestamp} = 1` },
  SetFeatureRequest: {
    instance_id: "string = 1",
    feature: "string = 2",
    enabled: "optional bool = 3",
  },
  SetFeatureResponse: { instance: `${own}.Instance = 1` },
  InstanceKey: {
    key_id: "string = 1",
    algorithm: `${own}.KeyAlgorithm = 2`,
    state: `${own}.InstanceKey.State = 3`,
    creation_date: `${timestamp} = 4`,
    signs_from: `${timestamp} = 5`,
    published_until: `${timestamp} = 6`,
  },
  ListInstanceKeysRequest: { instance_id: "string = 1" },
  ListInstanceKeysResponse: { keys: `repeated ${own}.InstanceKey = 1` },
  RotateInstanceKeyRequest: {
    instance_id: "string = 1",
    algorithm: `${own}.KeyAlgorithm = 2`,
  },
  RotateInstanceKeyResponse: { key: `${own}.InstanceKey = 1` },
  RevokeInstanceKeyRequest: { instance_id: "string = 1", key_id: "string = 2" },
  RevokeInstanceKeyResponse: { current_key: `${own}.InstanceKey = 1` },
  Change: {
    date: `${timestamp} = 1`,
    author: "string = 2",
    resource_type: `${own}.ResourceType = 3`,
    resource_id: "string = 4",
    action: "string = 5",
    fields: `repeated ${own}.FieldChange = 6`,
    certificate: "string = 7",
  },
  FieldChange: { field: "string = 1", old_value: `${value} = 2`, new_value: `${value} = 3` },
  ListChangesRequest: {
    resource_type: `${own}.ResourceType = 1`,
    resource_id: "string = 2",
    author: "string = 3",
    since: `${timestamp} = 4`,
    until: `${timestamp} = 5`,
    page_size: "uint32 = 6",
    page_token: "string = 7",
  },
  ListChangesResponse: {
    changes: `repeated ${own}.Change = 1`,
    next_page_token: "string = 2",
  },
};

/** Fields of every message by its full name. */
export const ownMessages: ReadonlyMap<string, Shape> = new Map(
  Object.entries(messages).map(([name, shape]) => [`${own}.${name}`, shape]),
);
