import { type DescService, getOption, hasOption } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { http } from "../../../gen/google/api/annotations_pb.ts";
import type { HttpRule } from "../../../gen/google/api/http_pb.ts";
import { AuditService } from "../../../gen/targetd/v1/audit_service_pb.ts";
import { BackupService } from "../../../gen/targetd/v1/backup_service_pb.ts";
import { CatalogService } from "../../../gen/targetd/v1/catalog_service_pb.ts";
import { DeliveryService } from "../../../gen/targetd/v1/delivery_service_pb.ts";
import { EventService } from "../../../gen/targetd/v1/event_service_pb.ts";
import { ExecutionService } from "../../../gen/targetd/v1/execution_service_pb.ts";
import { InstanceService } from "../../../gen/targetd/v1/instance_service_pb.ts";
import { access, feature, max_body_bytes } from "../../../gen/targetd/v1/options_pb.ts";
import { TargetService } from "../../../gen/targetd/v1/target_service_pb.ts";
import { TokenService } from "../../../gen/targetd/v1/token_service_pb.ts";
import { ActionService } from "../../../gen/zitadel/action/v2/action_service_pb.ts";
import { ActionService as BetaActionService } from "../../../gen/zitadel/action/v2beta/action_service_pb.ts";

const target = "/v2/actions/targets/{id}";
const keys = "/v2/actions/targets/{target_id}/publickeys";
const executions = "/v2/actions/executions";
const authenticated = "(authenticated)";

type MethodRow = readonly [name: string, permission: string, ...routes: string[]];

/** contract.md section 2. A star is the body "*". */
const methods: readonly MethodRow[] = [
  ["CreateTarget", "action.target.write", "post /v2/actions/targets *"],
  ["UpdateTarget", "action.target.write", `post ${target} *`, `patch ${target} *`],
  ["DeleteTarget", "action.target.delete", `delete ${target}`],
  ["GetTarget", "action.target.read", `get ${target}`],
  ["ListTargets", "action.target.read", "post /v2/actions/targets/search *"],
  ["AddPublicKey", "action.target.write", `post ${keys} *`],
  [
    "ActivatePublicKey",
    "action.target.write",
    `post ${keys}/{key_id}/activate`,
    `put ${keys}/{key_id}/activate`,
  ],
  [
    "DeactivatePublicKey",
    "action.target.write",
    `post ${keys}/{key_id}/deactivate`,
    `put ${keys}/{key_id}/deactivate`,
  ],
  ["RemovePublicKey", "action.target.write", `delete ${keys}/{key_id}`],
  ["ListPublicKeys", "action.target.read", `post ${keys}/search *`],
  ["SetExecution", "action.execution.write", `put ${executions} *`],
  ["ListExecutions", "action.execution.read", `post ${executions}/search *`],
  ["ListExecutionFunctions", authenticated, `get ${executions}/functions`],
  ["ListExecutionMethods", authenticated, `get ${executions}/methods`],
  ["ListExecutionServices", authenticated, `get ${executions}/services`],
];

/** Section 1: the same without public keys and PATCH; searches also under their first name. */
const betaMethods = methods
  .filter(([name]) => !name.includes("PublicKey"))
  .map(([name, permission, ...routes]): MethodRow => {
    const own = routes
      .filter((route) => !route.startsWith("patch "))
      .map((route) => route.replace("/v2/", "/v2beta/"));
    const first = own
      .filter((route) => route.includes("/search"))
      .map((route) => route.replace("/search", "/_search"));
    return [name, permission, ...own, ...first];
  });

const services: readonly [DescService, readonly MethodRow[]][] = [
  [ActionService, methods],
  [BetaActionService, betaMethods],
];

function routesOf(rule: HttpRule): string[] {
  const body = rule.body === "" ? "" : ` ${rule.body}`;
  const route = `${rule.pattern.case} ${rule.pattern.value}${body}`;
  return [route, ...rule.additionalBindings.flatMap(routesOf)];
}

describe.each(services)("$typeName", (service, rows) => {
  test("has the methods of the contract, guarded by the feature flag", () => {
    expect(service.methods.map(({ name }) => name)).toEqual(rows.map(([name]) => name));
    expect(getOption(service, feature)).toBe("actions");
  });

  test.each(rows)("%s needs %s and has its routes", (name, permission, ...routes) => {
    const method = service.methods.find((candidate) => candidate.name === name);
    if (method === undefined) throw new Error("no such method");
    const { rule } = getOption(method, access);
    expect(rule).toEqual(
      permission === authenticated
        ? { case: "authenticated", value: true }
        : { case: "permission", value: permission },
    );
    expect(routesOf(getOption(method, http))).toEqual(routes);
    expect(method.methodKind).toBe("unary");
    const types = [method.input.typeName, method.output.typeName];
    const start = service.typeName.replace(/\w+$/, name);
    expect(types).toEqual([`${start}Request`, `${start}Response`]);
  });
});

/** contract.md section 10, without REST. A star admits callers of the default instance only. */
const ownMethods: readonly [name: string, permission: string, star?: "*"][] = [
  ["TargetService/TestTarget", "action.target.test"],
  ["TargetService/RevokeSigningKey", "action.target.write"],
  ["TargetService/RenewTarget", "action.target.write"],
  ["ExecutionService/Execute", "action.execution.call"],
  ["EventService/PublishEvents", "action.event.write"],
  ["DeliveryService/ListDeliveries", "action.delivery.read"],
  ["DeliveryService/GetDelivery", "action.delivery.read"],
  ["DeliveryService/WatchDeliveries", "action.delivery.read"],
  ["DeliveryService/RetryDelivery", "action.delivery.write"],
  ["DeliveryService/ReplayDeliveries", "action.delivery.write"],
  ["DeliveryService/CancelDelivery", "action.delivery.write"],
  ["CatalogService/ImportDescriptorSet", "action.catalog.write"],
  ["CatalogService/SetEventTypes", "action.catalog.write"],
  ["CatalogService/SetFunctions", "action.catalog.write"],
  ["CatalogService/GetCatalog", authenticated],
  ["TokenService/CreateToken", "iam.token.write"],
  ["TokenService/ListTokens", "iam.token.write"],
  ["TokenService/RevokeToken", "iam.token.write"],
  ["InstanceService/CreateInstance", "iam.instance.write", "*"],
  ["InstanceService/ListInstances", "iam.instance.write", "*"],
  ["InstanceService/DeleteInstance", "iam.instance.write", "*"],
  ["InstanceService/SetFeature", "iam.instance.write", "*"],
  ["InstanceService/ListInstanceKeys", "iam.instance.write", "*"],
  ["InstanceService/RotateInstanceKey", "iam.instance.write", "*"],
  ["InstanceService/RevokeInstanceKey", "iam.instance.write", "*"],
  ["AuditService/ListChanges", "iam.audit.read"],
  ["BackupService/DownloadBackup", "iam.backup.write", "*"],
];

const ownServices: readonly DescService[] = [
  TargetService,
  ExecutionService,
  EventService,
  DeliveryService,
  CatalogService,
  TokenService,
  InstanceService,
  AuditService,
  BackupService,
];

const streams: readonly string[] = ["WatchDeliveries", "DownloadBackup"];

test("the services of targetd.v1 have their methods, permissions and no routes", () => {
  const found = ownServices.flatMap(({ name, methods }) =>
    methods.map((method) => {
      const { rule, defaultInstanceOnly } = getOption(method, access);
      expect(hasOption(method, http)).toBe(false);
      const kind = streams.includes(method.name) ? "server_streaming" : "unary";
      expect(method.methodKind).toBe(kind);
      const who = rule.case === "permission" ? rule.value : authenticated;
      const line = [`${name}/${method.name}`, who];
      return defaultInstanceOnly ? [...line, "*"] : line;
    }),
  );
  expect(found).toEqual(ownMethods);
});

test("the feature flag guards what calls targets, and nothing that could switch it on again", () => {
  const guarded = ownServices.filter((each) => getOption(each, feature) === "actions");
  expect(guarded).toEqual([TargetService, ExecutionService, EventService]);
});

test("only the import of proto files may be larger than other requests", () => {
  const large = ownServices
    .flatMap((each) => each.methods)
    .filter((method) => hasOption(method, max_body_bytes))
    .map((method) => [method.name, getOption(method, max_body_bytes)]);
  // 8 MiB in base64, and some room.
  expect(large).toEqual([["ImportDescriptorSet", 12 * 1024 * 1024]]);
});
