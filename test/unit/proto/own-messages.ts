/** The messages of targetd.v1, written down by hand: their numbers must never change. */
import type { Shape } from "../../support/descriptor-shape.ts";

const duration = "google.protobuf.Duration";
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
  TestTargetRequest: { target_id: "string = 1" },
  TestTargetResponse: {
    succeeded: "bool = 1",
    stage: "string = 2",
    error: "string = 3",
    http_status: "uint32 = 4",
    headers: "map<string, string> = 5",
    body: "bytes = 6",
    body_truncated: "bool = 7",
    address: "string = 8",
    timings: `${own}.Timings = 9`,
    webhook_id: "string = 10",
  },
  Timings: {
    dns: `${duration} = 1`,
    connect: `${duration} = 2`,
    tls: `${duration} = 3`,
    first_byte: `${duration} = 4`,
    total: `${duration} = 5`,
  },
  RevokeSigningKeyRequest: { target_id: "string = 1", key_id: "string = 2" },
  RevokeSigningKeyResponse: { change_date: `${timestamp} = 1` },
  ExecuteRequest: {
    request: `oneof occurrence ${own}.RequestOccurrence = 1`,
    response: `oneof occurrence ${own}.ResponseOccurrence = 2`,
    function: `oneof occurrence ${own}.FunctionOccurrence = 3`,
  },
  RequestOccurrence: {
    full_method: "string = 1",
    request: `${value} = 2`,
    caller: `${own}.Caller = 3`,
  },
  ResponseOccurrence: {
    full_method: "string = 1",
    request: `${value} = 2`,
    response: `${value} = 3`,
    caller: `${own}.Caller = 4`,
  },
  FunctionOccurrence: { name: "string = 1", payload: "google.protobuf.Struct = 2" },
  Caller: {
    org_id: "string = 1",
    project_id: "string = 2",
    user_id: "string = 3",
    headers: `map<string, ${own}.HeaderValues> = 4`,
  },
  HeaderValues: { values: "repeated string = 1" },
  ExecuteResponse: {
    message: `${value} = 1`,
    replaced: "bool = 2",
    condition: "string = 3",
    results: `repeated ${own}.TargetResult = 4`,
  },
  TargetResult: {
    target_id: "string = 1",
    outcome: `${own}.TargetResult.Outcome = 2`,
    stage: "string = 3",
    timed_out: "bool = 4",
    http_status: "uint32 = 5",
    duration: `${duration} = 6`,
    error: "string = 7",
    webhook_id: "string = 8",
  },
  ImportDescriptorSetRequest: {
    source: "string = 1",
    descriptor_set: "bytes = 2",
    validate_only: "bool = 3",
  },
  ImportDescriptorSetResponse: { source: `${own}.CatalogSource = 1` },
  CatalogSource: {
    name: "string = 1",
    import_date: `${timestamp} = 2`,
    services: "repeated string = 3",
    method_count: "uint32 = 4",
  },
  SetEventTypesRequest: { event_types: "repeated string = 1" },
  SetEventTypesResponse: { event_types: "repeated string = 1" },
  SetFunctionsRequest: { functions: "repeated string = 1" },
  SetFunctionsResponse: { functions: "repeated string = 1" },
  GetCatalogRequest: {},
  GetCatalogResponse: {
    sources: `repeated ${own}.CatalogSource = 1`,
    event_types: "repeated string = 2",
    functions: "repeated string = 3",
  },
};

/** Fields of every message by its full name. */
export const ownMessages: ReadonlyMap<string, Shape> = new Map(
  Object.entries(messages).map(([name, shape]) => [`${own}.${name}`, shape]),
);
