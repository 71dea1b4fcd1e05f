/** Good requests, which the fuzzers start from. */
import type { JsonObject } from "@bufbuild/protobuf";

/** Stands for the id of a target that exists. */
export const someId = "01h0000000000000000000";

export const requestSamples: readonly JsonObject[] = [
  {
    name: "orders",
    restWebhook: { interruptOnError: true },
    timeout: "10s",
    endpoint: "https://example.com/hook",
    payloadType: "PAYLOAD_TYPE_JWT",
    headers: { "x-team": "orders" },
    deliveryPolicy: { retryDelays: ["5s", "300s"], maxConcurrency: 5 },
    validateOnly: true,
  },
  {
    id: someId,
    timeout: "20.5s",
    restCall: {},
    updateMask: "timeout,restCall.interruptOnError",
    expirationSigningKey: "3600s",
    etag: "x",
    requestId: "0b9f3c1e-6a3f-4b0e-9d35-0d3c6a0e6f11",
    validateOnly: true,
  },
  {
    pagination: { offset: "1", limit: 10, asc: true },
    sortingColumn: "TARGET_FIELD_NAME_NAME",
    filters: [
      { targetNameFilter: { targetName: "a", method: "TEXT_FILTER_METHOD_CONTAINS" } },
      { inTargetIdsFilter: { targetIds: [someId] } },
    ],
  },
  { targetId: someId, publicKey: "QUJD", expirationDate: "2030-01-01T00:00:00Z", keyId: "k" },
  { condition: { request: { method: "/a.B/C" } }, targets: [someId, { target: someId }] },
  { description: "d", roles: ["IAM_OWNER"], permissions: ["iam.token.write"], instanceId: "other" },
  { resourceType: "RESOURCE_TYPE_TARGET", since: "2026-01-01T00:00:00Z", pageToken: "AAAA" },
  { id: "other", instanceId: "x", feature: "x", enabled: true, name: "n" },
];

export const pathSamples: readonly string[] = [
  "/v2/actions/targets",
  "/v2/actions/targets/search",
  `/v2/actions/targets/${someId}`,
  `/v2/actions/targets/a%2Fb%20c?etag=x&validateOnly=true`,
  `/v2/actions/targets/${someId}/publickeys/k/activate`,
  "/v2/actions/executions/functions?x=1&y",
  "/v2beta/actions/targets/_search",
  "http://example.com/v2/actions/targets/x",
  "/healthz",
  "/zitadel.action.v2.ActionService/GetTarget?encoding=json&message=%7B%7D&connect=v1",
];

export const templateSamples: readonly string[] = [
  "/v2/actions/targets/{target_id}/publickeys/{key_id}:activate",
  "/v1/{name=shelves/*/books/**}:read",
  "/a/*/b/**",
  "/{a.b.c=x/*}/y",
];

export const maskSamples: readonly string[] = [
  "name",
  "timeout",
  "endpoint",
  "payload_type",
  "rest_webhook",
  "rest_call.interrupt_on_error",
  "rest_async",
  "target_type",
  "headers",
  "expiration_signing_key",
  "id",
  "*",
];

export const durationSamples: readonly string[] = [
  "10s",
  "1m30s",
  "1.5h",
  "7d",
  "500ms",
  "0",
  "1h0.5s",
];
