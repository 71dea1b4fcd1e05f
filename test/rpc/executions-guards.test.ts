/** What else must hold around executions: the feature flag, older API, replays, proxies, the log. */
import { fromJson, type JsonObject } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ExecuteRequestSchema } from "../../gen/targetd/v1/execution_service_pb.ts";
import { ActionService as BetaActionService } from "../../gen/zitadel/action/v2beta/action_service_pb.ts";
import { type Doors, openDoors } from "../support/doors.ts";
import { openHook, replying, saying } from "../support/hook.ts";
import { callerOf, comes } from "./support/iam.ts";
import { shortly } from "./support/play.ts";
import { useServer } from "./support/server.ts";
import { allRequests, allResponses, newTenant, skipping } from "./support/tenant.ts";

const server = useServer({}, { dev: true });
const anyRequest = fromJson(ExecuteRequestSchema, { request: { fullMethod: "/a.B/C" } });

test("the feature flag off stops executions, and on again they run", async () => {
  const tenant = await newTenant(server);
  const hook = await openHook();
  await tenant.bind(allRequests, await tenant.target(hook.url));
  const { instances } = callerOf(server.app.url, server.app.tokens.owner);
  const feature = { instanceId: tenant.id, feature: "actions" };
  await instances.setFeature({ ...feature, enabled: false });
  const off = await comes(tenant.executions.execute(anyRequest));
  expect(off).toMatch(/^FAILED_PRECONDITION /);
  expect((await tenant.call("ListTargets", {})).code).toBe("FAILED_PRECONDITION");
  expect(hook.hits).toHaveLength(0);
  await instances.setFeature({ ...feature, enabled: true });
  expect(await comes(tenant.executions.execute(anyRequest))).toBe("OK");
  expect(hook.hits).toHaveLength(1);
});

describe("through v2beta", () => {
  let doors: Doors;
  beforeAll(() => {
    doors = openDoors(server.app.url, BetaActionService);
  });
  afterAll(() => doors.close());

  test.each(["gRPC by grpc-js", "Connect JSON", "REST"])(
    "%s a target locks nobody out either",
    async (name) => {
      const door = doors.all.find((each) => each.name === name);
      const tenant = await newTenant(server);
      const hook = await openHook(replying({ status: 500 }));
      const target = await tenant.target(hook.url);
      await tenant.bind(allRequests, target);
      const call = async (method: string, request: JsonObject, headers = {}) => {
        const outcome = await door?.call(method, request, { token: tenant.token, headers });
        return [outcome && shortly(outcome), outcome?.header("targetd-warning")];
      };
      const warning = `${target.id};status`;
      const failed = "FAILED_PRECONDITION EXEC-dra6yamk98";
      expect(await call("ListTargets", {})).toEqual([failed, warning]);
      expect(await call("ListTargets", {}, skipping)).toEqual(["OK", null]);
      const viewer = await tenant.tokenOf(["IAM_OWNER_VIEWER"]);
      const refused = await door?.call("ListTargets", {}, { token: viewer, headers: skipping });
      expect(refused?.code).toBe("PERMISSION_DENIED");
      expect(await call("UpdateTarget", { id: target.id, name: "new" })).toEqual(["OK", warning]);
      expect(await call("SetExecution", { condition: allRequests })).toEqual(["OK", warning]);
      expect(await call("ListTargets", {})).toEqual(["OK", null]);
    },
  );

  test("a rest_call replaces requests and responses", async () => {
    const door = doors.all.find(({ name }) => name === "REST");
    const tenant = await newTenant(server);
    const hook = await openHook(({ json }) => ({
      body: json.response === undefined ? { pagination: { limit: 7 } } : { pagination: {} },
    }));
    const target = await tenant.target(hook.url, { restCall: { interruptOnError: true } });
    const service = "zitadel.action.v2beta.ActionService";
    const options = { token: tenant.token };
    await tenant.bind({ request: { service } }, target);
    const limited = await door?.call("ListTargets", {}, options);
    expect(limited?.message.pagination).toMatchObject({ appliedLimit: "7" });
    await tenant.bind({ response: { service } }, target);
    const emptied = await door?.call("ListTargets", {}, options);
    expect(emptied?.message).toEqual({ pagination: {} });
  });
});

test("a repeated request_id runs the executions again and the command once", async () => {
  const tenant = await newTenant(server);
  const hook = await openHook();
  const target = await tenant.target(hook.url);
  await tenant.bind(allRequests, target);
  await tenant.bind(allResponses, target);
  const request = {
    name: "once",
    restWebhook: {},
    timeout: "1s",
    endpoint: "https://example.com/",
    requestId: crypto.randomUUID(),
  };
  const [first, second] = [
    await tenant.call("CreateTarget", request),
    await tenant.call("CreateTarget", request),
  ];
  expect([shortly(first), shortly(second)]).toEqual(["OK", "OK replayed"]);
  expect(second.message).toEqual(first.message);
  expect(hook.hits).toHaveLength(4);
});

test("no secret is in the log, whatever goes wrong", async () => {
  const tenant = await newTenant(server);
  const broken = await openHook(saying({ forwardedStatusCode: "hunter0" }));
  const headers = { "X-Api-Key": "hunter1" };
  const created = await tenant.target(broken.url, { headers });
  await tenant.bind(allRequests, created);
  await tenant.bind(allResponses, created);
  const name = "hunter2";
  const rest = { restWebhook: {}, timeout: "1s", endpoint: "https://example.com/" };
  await tenant.call("CreateTarget", { name, headers, ...rest });
  await tenant.call("SetExecution", { condition: allResponses });
  await tenant.testing.testTarget({ targetId: created.id });
  const logged = server.app.logged.join("");
  expect(logged).toContain(created.id);
  for (const secret of ["hunter", created.signingKey, tenant.token]) {
    expect(logged).not.toContain(secret);
  }
});

describe("behind a trusted proxy", () => {
  const trusting = useServer({ TARGETD_TRUSTED_PROXIES: "127.0.0.1/32" }, { dev: true });

  test("targets are told what the proxy says of the caller", async () => {
    const tenant = await newTenant(trusting);
    const hook = await openHook();
    await tenant.bind(allRequests, await tenant.target(hook.url));
    const headers = { "x-forwarded-for": "1.2.3.4, 127.0.0.1", "x-forwarded-host": "a.example" };
    await tenant.call("ListTargets", {}, { headers });
    expect(hook.last().json.headers).toMatchObject({
      "X-Forwarded-For": [expect.stringMatching(/^1\.2\.3\.4/)],
      "X-Forwarded-Host": ["a.example"],
    });
  });
});
