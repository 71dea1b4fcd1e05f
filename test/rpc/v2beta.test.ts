import { create, fromBinary, type JsonObject, toBinary } from "@bufbuild/protobuf";
import { FieldMaskSchema } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  ServerReflection,
  ServerReflectionRequestSchema,
} from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import * as current from "../../gen/zitadel/action/v2/target_messages_pb.ts";
import { ActionService } from "../../gen/zitadel/action/v2beta/action_service_pb.ts";
import * as beta from "../../gen/zitadel/action/v2beta/target_messages_pb.ts";
import { type Doors, type doorNames, headersOf, openDoors, sendConnect } from "../support/doors.ts";
import { anyTarget, shortly } from "./support/play.ts";
import { useServer } from "./support/server.ts";

const server = useServer();
const off = useServer({ TARGETD_FEATURE_ACTIONS: "false" });
const names = ["REST", "gRPC by grpc-js", "Connect binary", "Connect JSON"] as const;
type Name = (typeof doorNames)[number];
type Caller = keyof typeof server.app.tokens;

let doors: Doors;
beforeAll(() => {
  doors = openDoors(server.app.url, ActionService);
});
afterAll(() => doors.close());

function callAs(as: Caller, method: string, request: JsonObject, through: Name = "REST") {
  const door = doors.all.find(({ name }) => name === through);
  if (door === undefined) throw new Error(`there is no door ${through}`);
  return door.call(method, request, { token: server.app.tokens[as] });
}

const call = (method: string, request: JsonObject, through?: Name) =>
  callAs("owner", method, request, through);

async function get(id: string): Promise<JsonObject> {
  return (await call("GetTarget", { id })).message.target as JsonObject;
}

describe.each(names)("through %s", (door) => {
  test("a target is created, changed, read, listed and deleted", async () => {
    const name = `beta ${crypto.randomUUID()}`;
    const created = (await call("CreateTarget", { name, ...anyTarget }, door)).message;
    const { id, creationDate, signingKey } = created;
    expect(signingKey).toMatch(/^whsec_/);

    const update = { id: String(id), restCall: {}, timeout: "20s", expirationSigningKey: "60s" };
    const updated = (await call("UpdateTarget", update, door)).message;
    expect(Object.keys(updated).sort()).toEqual(["changeDate", "signingKey"]);
    expect(updated.signingKey).not.toBe(signingKey);

    const target = {
      ...{ id, name, creationDate, ...updated },
      ...{ restCall: {}, timeout: "20s", endpoint: anyTarget.endpoint },
    };
    expect((await call("GetTarget", { id: String(id) }, door)).message).toEqual({ target });

    const filter = { targetName: name, method: "TEXT_FILTER_METHOD_EQUALS" };
    const search = {
      pagination: { limit: 5, asc: true },
      sortingColumn: "TARGET_FIELD_NAME_NAME",
      filters: [{ targetNameFilter: filter }, { inTargetIdsFilter: { targetIds: [String(id)] } }],
    };
    const listed = await call("ListTargets", search, door);
    const pagination = { totalResult: "1", appliedLimit: "5" };
    expect(listed.message).toEqual({ pagination, targets: [target] });

    const deleted = (await call("DeleteTarget", { id: String(id) }, door)).message;
    expect(Object.keys(deleted)).toEqual(["deletionDate"]);
    expect(shortly(await call("GetTarget", { id: String(id) }, door))).toBe(
      "NOT_FOUND QUERY-hj5oaniyrz",
    );
  });

  test.each<readonly [string, string, JsonObject]>([
    ["no name", "CreateTarget", { ...anyTarget, name: " " }],
    ["nothing", "CreateTarget", {}],
    ["a forbidden URL", "CreateTarget", { ...anyTarget, name: "a", endpoint: "ftp://a" }],
    ["many mistakes", "UpdateTarget", { id: "a", name: "", timeout: "0s", endpoint: "x" }],
    [
      "a grace period that is too long",
      "UpdateTarget",
      { id: "a", expirationSigningKey: "9999999s" },
    ],
    ["an unknown target", "UpdateTarget", { id: "unknown" }],
    ["an id that is too long", "DeleteTarget", { id: "a".repeat(201) }],
    ["an unknown target to delete", "DeleteTarget", { id: "unknown" }],
    ["a limit that is too high", "ListTargets", { pagination: { limit: 1001 } }],
    ["an empty filter", "ListTargets", { filters: [{}] }],
    ["what no version handles yet", "ListExecutionMethods", {}],
  ])("%s has the answer of the current version", async (_, method, request) => {
    const theirs = await server.call(method, request, door);
    const ours = await call(method, request, door);
    expect([shortly(ours), ours.text]).toEqual([shortly(theirs), theirs.text]);
  });

  test("permissions are those of the current version", async () => {
    const id = await server.create();
    const requests = { CreateTarget: anyTarget, UpdateTarget: { id }, DeleteTarget: { id } };
    for (const [method, request] of Object.entries(requests)) {
      const outcome = await callAs("viewer", method, request, door);
      expect(shortly(outcome)).toBe("PERMISSION_DENIED AUTH-5mWD2");
    }
    const read = await callAs("viewer", "GetTarget", { id }, door);
    expect(read.message.target).toMatchObject({ id });
    expect(read.message.target).not.toHaveProperty("signingKey");
    const foreign = await callAs("stranger", "GetTarget", { id }, door);
    expect(shortly(foreign)).toBe("NOT_FOUND QUERY-hj5oaniyrz");
    const expired = await callAs("expired", "GetTarget", { id }, door);
    expect(shortly(expired)).toBe("UNAUTHENTICATED AUTH-7fs1e");
  });
});

describe("a target with settings that only the current version has", () => {
  const settings = {
    payloadType: "PAYLOAD_TYPE_JWT",
    headers: { "x-key": "secret" },
    deliveryPolicy: { retryDelays: ["1s"], maxConcurrency: 3 },
    disabled: true,
    ordered: true,
  };
  const common = ["id", "creationDate", "changeDate", "name", "timeout", "endpoint", "signingKey"];

  test("reads without them", async () => {
    const id = await server.create(settings);
    expect(Object.keys(await get(id)).sort()).toEqual([...common, "restWebhook"].sort());
  });

  test.each(names)("keeps them when it is updated through %s", async (door) => {
    const id = await server.create(settings);
    const before = await server.get(id);
    await call("UpdateTarget", { id, timeout: "33s" }, door);
    const after = await server.get(id);
    const { etag, changeDate } = after;
    expect(after).toEqual({ ...before, timeout: "33s", etag, changeDate });
    expect(etag).not.toBe(before.etag);
  });
});

test("fields that only the current version has do nothing, by name or by number", async () => {
  const id = await server.create();
  const request = { payloadType: "PAYLOAD_TYPE_JWT", disabled: true, updateMask: "name" };
  const path = `/v2beta/actions/targets/${id}`;
  const body = JSON.stringify({ ...request, timeout: "31s", validateOnly: true, etag: "stale" });
  expect((await server.rest({ verb: "POST", path, body })).code).toBe("OK");
  const message = create(current.UpdateTargetRequestSchema, {
    ...{ id, name: `beta ${id}`, validateOnly: true, etag: "stale", disabled: true },
    updateMask: create(FieldMaskSchema, { paths: ["endpoint"] }),
  });
  const bytes = toBinary(current.UpdateTargetRequestSchema, message);
  const options = { token: server.app.tokens.owner };
  const reply = await doors.bytes(`/${ActionService.typeName}/UpdateTarget`, bytes, options);
  if (!reply.ok) throw new Error(shortly(reply.outcome));
  expect(fromBinary(beta.UpdateTargetResponseSchema, reply.bytes)).not.toHaveProperty("$unknown");
  expect(await server.get(id)).toMatchObject({
    ...{ name: `beta ${id}`, timeout: "31s", payloadType: "PAYLOAD_TYPE_JSON", disabled: false },
  });
});

describe("over REST", () => {
  test.each(["search", "_search"])("targets are listed under %s", async (last) => {
    const id = await server.create();
    const body = JSON.stringify({ filters: [{ inTargetIdsFilter: { targetIds: [id] } }] });
    const path = `/v2beta/actions/targets/${last}`;
    const { message } = await server.rest({ verb: "POST", path, body });
    expect(message.targets).toEqual([await get(id)]);
  });

  test.each(["search", "_search"])("executions are listed under %s", async (last) => {
    const path = `/v2beta/actions/executions/${last}`;
    const outcome = await server.rest({ verb: "POST", path, body: "{}" });
    expect(shortly(outcome)).toBe(shortly(await server.call("ListExecutions", {})));
  });

  test("PATCH, which needs a mask, is not offered, and there are no public keys", async () => {
    const path = `/v2beta/actions/targets/${await server.create()}`;
    const patch = await server.rest({ verb: "PATCH", path, body: "{}" });
    expect([patch.status, patch.header("allow")]).toEqual([405, "DELETE, GET, HEAD, POST"]);
    const keys = await server.rest({ verb: "POST", path: `${path}/publickeys/search`, body: "{}" });
    expect(keys.status).toBe(404);
  });
});

test("the feature flag is that of the current version", async () => {
  const path = "/v2beta/actions/targets/search";
  const outcome = await off.rest({ verb: "POST", path, body: "{}" });
  expect(shortly(outcome)).toBe("FAILED_PRECONDITION TARGETD-FEATURE-OFF");
});

test("reflection lists the service", async () => {
  const transport = createGrpcTransport({ baseUrl: server.app.url });
  async function* question() {
    yield create(ServerReflectionRequestSchema, {
      messageRequest: { case: "listServices", value: "" },
    });
  }
  const listed: string[] = [];
  const answers = createClient(ServerReflection, transport).serverReflectionInfo(question());
  for await (const { messageResponse } of answers) {
    if (messageResponse.case !== "listServicesResponse") continue;
    listed.push(...messageResponse.value.service.map(({ name }) => name));
  }
  expect(listed).toContain(ActionService.typeName);
});

describe.each([
  ["REST", "PUT", "/v2beta/actions/executions"],
  ["Connect JSON", "POST", `/${ActionService.typeName}/SetExecution`],
] as const)("SetExecution through %s", (door, verb, path) => {
  const send = (targets: unknown) => {
    const body = JSON.stringify({ condition: { request: { all: true } }, targets });
    const headers = headersOf({ token: server.app.tokens.owner });
    if (door === "REST") return server.rest({ verb, path, body });
    const init = {
      method: verb,
      headers: { ...headers, "content-type": "application/json" },
      body,
    };
    return sendConnect(server.app.url, path, init);
  };

  test("takes targets as objects like ids", async () => {
    const ids = shortly(await send(["a", "b"]));
    expect(shortly(await send([{ target: "a" }, "b"]))).toBe(ids);
    expect(ids).not.toContain("TARGETD-MALFORMED");
  });

  test("refuses other objects", async () => {
    const outcome = await send([{ target: "a" }, { include: {} }]);
    expect(shortly(outcome)).toBe("INVALID_ARGUMENT TARGETD-MALFORMED targets[1]");
  });
});
