/** The messages of contract.md section 3, written down by hand. */
import type { Shape } from "../../support/descriptor-shape.ts";

const timestamp = "google.protobuf.Timestamp";
const duration = "google.protobuf.Duration";
const action = "zitadel.action.v2";
const filter = "zitadel.filter.v2";
const page = `${filter}.PaginationRequest`;
const pageInfo = `${filter}.PaginationResponse`;

/** One of these is set. */
const targetType = (first: number): Shape => ({
  rest_webhook: `oneof target_type ${action}.RESTWebhook = ${first}`,
  rest_call: `oneof target_type ${action}.RESTCall = ${first + 1}`,
  rest_async: `oneof target_type ${action}.RESTAsync = ${first + 2}`,
});

const settings: Shape = {
  headers: "map<string, string> = 110",
  delivery_policy: "targetd.v1.DeliveryPolicy = 111",
  disabled: "optional bool = 112",
  ordered: "optional bool = 113",
};

const oneMethodServiceOrAll: Shape = {
  method: "oneof condition string = 1",
  service: "oneof condition string = 2",
  all: "oneof condition bool = 3",
};

const keyOfTarget: Shape = { target_id: "string = 1", key_id: "string = 2" };

const actionMessages: Readonly<Record<string, Shape>> = {
  Target: {
    id: "string = 1",
    creation_date: `${timestamp} = 2`,
    change_date: `${timestamp} = 3`,
    name: "string = 4",
    ...targetType(5),
    timeout: `${duration} = 8`,
    endpoint: "string = 9",
    signing_key: "string = 10",
    payload_type: `${action}.PayloadType = 11`,
    etag: "string = 100",
    previous_signing_keys: `repeated ${action}.PreviousSigningKey = 101`,
    signing_key_id: "string = 102",
    expiration_date: `${timestamp} = 103`,
    ...settings,
  },
  PreviousSigningKey: { key_id: "string = 1", expiration_date: `${timestamp} = 2` },
  RESTWebhook: { interrupt_on_error: "bool = 1" },
  RESTCall: { interrupt_on_error: "bool = 1" },
  RESTAsync: {},
  PublicKey: {
    key_id: "string = 1",
    active: "bool = 2",
    public_key: "bytes = 3",
    fingerprint: "string = 4",
    expiration_date: `${timestamp} = 5`,
    creation_date: `${timestamp} = 6`,
    change_date: `${timestamp} = 7`,
  },
  CreateTargetRequest: {
    name: "string = 1",
    ...targetType(2),
    timeout: `${duration} = 5`,
    endpoint: "string = 6",
    payload_type: `${action}.PayloadType = 7`,
    validate_only: "bool = 101",
    request_id: "optional string = 103",
    ttl: `${duration} = 104`,
    ...settings,
  },
  CreateTargetResponse: {
    id: "string = 1",
    creation_date: `${timestamp} = 2`,
    signing_key: "string = 3",
  },
  UpdateTargetRequest: {
    id: "string = 1",
    name: "optional string = 2",
    ...targetType(3),
    timeout: `optional ${duration} = 6`,
    endpoint: "optional string = 7",
    expiration_signing_key: `optional ${duration} = 8`,
    payload_type: `${action}.PayloadType = 9`,
    update_mask: "google.protobuf.FieldMask = 100",
    validate_only: "bool = 101",
    etag: "optional string = 102",
    request_id: "optional string = 103",
    ...settings,
  },
  UpdateTargetResponse: {
    change_date: `${timestamp} = 1`,
    signing_key: "optional string = 2",
    target: `${action}.Target = 100`,
  },
  DeleteTargetRequest: { id: "string = 1", etag: "optional string = 102" },
  DeleteTargetResponse: { deletion_date: `${timestamp} = 3` },
  GetTargetRequest: { id: "string = 1" },
  GetTargetResponse: { target: `${action}.Target = 1` },
  ListTargetsRequest: {
    pagination: `optional ${page} = 1`,
    sorting_column: `optional ${action}.TargetFieldName = 2`,
    filters: `repeated ${action}.TargetSearchFilter = 3`,
  },
  ListTargetsResponse: {
    pagination: `${pageInfo} = 1`,
    targets: `repeated ${action}.Target = 2`,
  },
  AddPublicKeyRequest: {
    target_id: "string = 1",
    public_key: "bytes = 2",
    expiration_date: `optional ${timestamp} = 3`,
    request_id: "optional string = 103",
  },
  AddPublicKeyResponse: { key_id: "string = 1", creation_date: `${timestamp} = 2` },
  ActivatePublicKeyRequest: keyOfTarget,
  ActivatePublicKeyResponse: { change_date: `${timestamp} = 1` },
  DeactivatePublicKeyRequest: keyOfTarget,
  DeactivatePublicKeyResponse: { change_date: `${timestamp} = 1` },
  RemovePublicKeyRequest: keyOfTarget,
  RemovePublicKeyResponse: { deletion_date: `${timestamp} = 1` },
  ListPublicKeysRequest: {
    target_id: "string = 1",
    pagination: `optional ${page} = 2`,
    sorting_column: `${action}.PublicKeyFieldName = 3`,
    filters: `repeated ${action}.PublicKeySearchFilter = 4`,
  },
  ListPublicKeysResponse: {
    pagination: `${pageInfo} = 1`,
    public_keys: `repeated ${action}.PublicKey = 2`,
  },
  SetExecutionRequest: {
    condition: `${action}.Condition = 1`,
    targets: "repeated string = 2",
    etag: "optional string = 102",
  },
  SetExecutionResponse: { set_date: `${timestamp} = 1` },
  ListExecutionsRequest: {
    pagination: `optional ${page} = 1`,
    sorting_column: `optional ${action}.ExecutionFieldName = 2`,
    filters: `repeated ${action}.ExecutionSearchFilter = 3`,
  },
  ListExecutionsResponse: {
    pagination: `${pageInfo} = 1`,
    executions: `repeated ${action}.Execution = 2`,
  },
  ListExecutionFunctionsRequest: {},
  ListExecutionFunctionsResponse: { functions: "repeated string = 1" },
  ListExecutionMethodsRequest: {},
  ListExecutionMethodsResponse: { methods: "repeated string = 1" },
  ListExecutionServicesRequest: {},
  ListExecutionServicesResponse: { services: "repeated string = 1" },
  Execution: {
    condition: `${action}.Condition = 1`,
    creation_date: `${timestamp} = 2`,
    change_date: `${timestamp} = 3`,
    targets: "repeated string = 4",
    etag: "string = 100",
  },
  Condition: {
    request: `oneof condition_type ${action}.RequestExecution = 1`,
    response: `oneof condition_type ${action}.ResponseExecution = 2`,
    function: `oneof condition_type ${action}.FunctionExecution = 3`,
    event: `oneof condition_type ${action}.EventExecution = 4`,
  },
  RequestExecution: oneMethodServiceOrAll,
  ResponseExecution: oneMethodServiceOrAll,
  FunctionExecution: { name: "string = 1" },
  EventExecution: {
    event: "oneof condition string = 1",
    group: "oneof condition string = 2",
    all: "oneof condition bool = 3",
  },
  TargetSearchFilter: {
    target_name_filter: `oneof filter ${action}.TargetNameFilter = 1`,
    in_target_ids_filter: `oneof filter ${action}.InTargetIDsFilter = 2`,
  },
  TargetNameFilter: { target_name: "string = 1", method: `${filter}.TextFilterMethod = 2` },
  InTargetIDsFilter: { target_ids: "repeated string = 1" },
  ExecutionSearchFilter: {
    in_conditions_filter: `oneof filter ${action}.InConditionsFilter = 1`,
    execution_type_filter: `oneof filter ${action}.ExecutionTypeFilter = 2`,
    target_filter: `oneof filter ${action}.TargetFilter = 3`,
  },
  InConditionsFilter: { conditions: `repeated ${action}.Condition = 1` },
  ExecutionTypeFilter: { execution_type: `${action}.ExecutionType = 1` },
  TargetFilter: { target_id: "string = 1" },
  PublicKeySearchFilter: {
    key_ids_filter: `oneof filter ${filter}.InIDsFilter = 1`,
    active_filter: "oneof filter bool = 2",
    expiration_date_filter: `oneof filter ${filter}.TimestampFilter = 3`,
  },
};

const filterMessages: Readonly<Record<string, Shape>> = {
  PaginationRequest: { offset: "uint64 = 1", limit: "uint32 = 2", asc: "bool = 3" },
  PaginationResponse: { total_result: "uint64 = 1", applied_limit: "uint64 = 2" },
  InIDsFilter: { ids: "repeated string = 1" },
  IDFilter: { id: "string = 1" },
  TimestampFilter: {
    timestamp: `${timestamp} = 1`,
    method: `${filter}.TimestampFilterMethod = 2`,
  },
};

/** Fields of every message by its full name. */
export const contractMessages: ReadonlyMap<string, Shape> = new Map([
  ...Object.entries(actionMessages).map(([name, shape]) => [`${action}.${name}`, shape] as const),
  ...Object.entries(filterMessages).map(([name, shape]) => [`${filter}.${name}`, shape] as const),
  ["zitadel.v1.ErrorDetail", { id: "string = 1", message: "string = 2" }] as const,
]);
