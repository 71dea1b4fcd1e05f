/** ExecutionService.Execute: executions on behalf of other services. */
import { create, fromJson, type JsonObject, type JsonValue, toJson } from "@bufbuild/protobuf";
import { type Value, ValueSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, test } from "vitest";
import {
  ExecuteRequestSchema,
  TargetResult_Outcome as Outcome,
} from "../../gen/targetd/v1/execution_service_pb.ts";
import { type Hit, openHook, replying, saying } from "../support/hook.ts";
import { buy, shop, shopDescriptorSet } from "../support/shop.ts";
import { comes, iamDoors, invalid } from "./support/iam.ts";
import { useServer } from "./support/server.ts";
import { allRequests, allResponses, clientsOf, newTenant, type Tenant } from "./support/tenant.ts";

const server = useServer({}, { dev: true });
const restCall = { restCall: { interruptOnError: true } };
const order: JsonObject = { item: "tea", pin: "1234", card: { holder: "Ann", number: "4111" } };
const shownOrder: JsonObject = { item: "tea", card: { holder: "Ann" } };

const plain = (message: Value | undefined) => message && toJson(ValueSchema, message);

const request = (fullMethod: string, json: JsonValue, more: JsonObject = {}) =>
  fromJson(ExecuteRequestSchema, { request: { fullMethod, request: json, ...more } });

const response = (fullMethod: string, json: JsonObject) =>
  fromJson(ExecuteRequestSchema, { response: { fullMethod, ...json } });

const callFunction = (name: string, payload: JsonObject) =>
  fromJson(ExecuteRequestSchema, { function: { name, payload } });

async function withShop(door?: (typeof iamDoors)[number]): Promise<Tenant> {
  const tenant = await newTenant(server, door);
  await tenant.catalog.importDescriptorSet({ source: "shop", descriptorSet: shopDescriptorSet() });
  return tenant;
}

describe.each(iamDoors)("over %s", (door) => {
  test("a request is told without redacted fields, and a replacement gets them back", async () => {
    const tenant = await withShop(door);
    const hook = await openHook(saying({ item: "coffee", count: 2, card: { holder: "Bob" } }));
    const target = await tenant.target(hook.url, restCall);
    const later = await openHook();
    const webhook = await tenant.target(later.url);
    await tenant.bind({ request: { method: buy } }, target, webhook);
    const caller = {
      ...{ orgId: "o1", projectId: "p1", userId: "u1" },
      headers: {
        "content-type": { values: ["application/json"] },
        "X-FORWARDED-FOR": { values: ["1.1.1.1", "2.2.2.2"] },
        authorization: { values: ["Bearer secret"] },
        Cookie: { values: ["a=secret"] },
      },
    };
    const answer = await tenant.executions.execute(request(buy, order, { caller }));
    const payload = {
      fullMethod: buy,
      instanceID: tenant.id,
      ...{ orgID: "o1", projectID: "p1", userID: "u1" },
      request: shownOrder,
      headers: { "Content-Type": ["application/json"], "X-Forwarded-For": ["1.1.1.1", "2.2.2.2"] },
    };
    expect(hook.last().json).toEqual(payload);
    const shown = { item: "coffee", count: 2, card: { holder: "Bob" } };
    expect(later.last().json).toEqual({ ...payload, request: shown });
    expect(plain(answer.message)).toEqual({
      ...{ item: "coffee", count: 2, pin: "1234" },
      card: { holder: "Bob", number: "4111" },
    });
    expect(answer).toMatchObject({ replaced: true, condition: `request/${shop}/Buy` });
    expect(answer.results).toMatchObject([
      { targetId: target.id, outcome: Outcome.SUCCEEDED, stage: "", httpStatus: 200 },
      {
        targetId: webhook.id,
        outcome: Outcome.SUCCEEDED,
        webhookId: expect.stringMatching(/^msg_/),
      },
    ]);
    expect(answer.results.map(({ webhookId }) => webhookId)).toEqual([
      hook.last().headers["webhook-id"],
      later.last().headers["webhook-id"],
    ]);
  });

  test("a response is told with its request", async () => {
    const tenant = await withShop(door);
    const hook = await openHook(saying({ text: "changed" }));
    await tenant.bind({ response: { service: shop } }, await tenant.target(hook.url, restCall));
    const answer = await tenant.executions.execute(
      response(buy, { request: order, response: { text: "thanks", licence: "secret" } }),
    );
    expect(hook.last().json).toEqual({
      fullMethod: buy,
      instanceID: tenant.id,
      request: shownOrder,
      response: { text: "thanks" },
    });
    expect(plain(answer.message)).toEqual({ text: "changed", licence: "secret" });
    expect(answer.condition).toBe(`response/${shop}`);
  });

  test("a function gets its payload, and its answer is returned", async () => {
    const tenant = await newTenant(server, door);
    await tenant.catalog.setFunctions({ functions: ["price"] });
    const hook = await openHook(saying({ append_claims: [{ key: "a", value: 1 }] }));
    const name = "price";
    await tenant.bind({ function: { name } }, await tenant.target(hook.url, restCall));
    const answer = await tenant.executions.execute(callFunction(name, { user: { id: 7 } }));
    expect(hook.last().json).toEqual({ function: name, user: { id: 7 } });
    expect(plain(answer.message)).toEqual({ append_claims: [{ key: "a", value: 1 }] });
    expect(answer).toMatchObject({ replaced: true, condition: "function/price" });
  });

  test("without an execution the message comes back as it was", async () => {
    const tenant = await withShop(door);
    const answer = await tenant.executions.execute(request(buy, order));
    expect(plain(answer.message)).toEqual(order);
    expect(answer).toMatchObject({ replaced: false, condition: "", results: [] });
    const none = await tenant.executions.execute(callFunction("preuserinfo", {}));
    expect(none.message).toBeUndefined();
  });

  test("a forwarded error reaches the caller", async () => {
    const tenant = await newTenant(server, door);
    const hook = await openHook(saying({ forwardedStatusCode: 404, forwardedErrorMessage: "x" }));
    await tenant.bind(allRequests, await tenant.target(hook.url));
    const call = tenant.executions.execute(request(buy, order));
    expect(await comes(call)).toBe("NOT_FOUND EXEC-reUaUZCzCp");
  });
});

test("{} is the empty message, with what the target could not see", async () => {
  const tenant = await withShop();
  const hook = await openHook(saying({}));
  await tenant.bind(allRequests, await tenant.target(hook.url, restCall));
  const run = async (fullMethod: string) => {
    const { message, replaced } = await tenant.executions.execute(request(fullMethod, order));
    return [plain(message), replaced];
  };
  expect(await run(buy)).toEqual([{ pin: "1234" }, true]);
  expect(await run("/other.v1.Other/New")).toEqual([{}, true]);
});

describe("a method", () => {
  test("that the catalogue knows runs by method, then service, then all", async () => {
    const tenant = await withShop();
    const hook = await openHook();
    const target = await tenant.target(hook.url);
    const conditions: JsonObject[] = [{ method: buy }, { service: shop }, { all: true }];
    for (const condition of conditions) await tenant.bind({ request: condition }, target);
    const ids: string[] = [];
    for (const condition of conditions) {
      ids.push((await tenant.executions.execute(request(buy, {}))).condition);
      await tenant.bind({ request: condition });
    }
    expect(ids).toEqual([`request/${shop}/Buy`, `request/${shop}`, "request"]);
  });

  test("that it does not know falls to service or all, and its message may be any JSON", async () => {
    const tenant = await withShop();
    const hook = await openHook(saying([1, { pin: "2" }]));
    await tenant.bind({ request: { service: shop } }, await tenant.target(hook.url, restCall));
    await tenant.bind(allRequests, await tenant.target(hook.url));
    const run = async (method: string, json: JsonValue) => {
      const { condition, message } = await tenant.executions.execute(request(method, json));
      return [condition, plain(message), hook.last().json.request];
    };
    const any = { anything: [true, null], pin: "1" };
    expect(await run(`/${shop}/New`, any)).toEqual([`request/${shop}`, [1, { pin: "2" }], any]);
    expect(await run("/other.v1.Other/New", "text")).toEqual(["request", "text", "text"]);
  });

  test.each([
    ["an unknown field", { item: "tea", colour: "red" }],
    ["a field of another type", { count: "many" }],
    ["no object", [1]],
  ])(
    "that it knows refuses a message with %s, of callers and targets alike",
    async (_name, bad) => {
      const tenant = await withShop();
      const call = tenant.executions.execute(request(buy, bad));
      expect(await comes(call)).toBe(invalid("request.request"));
      const hook = await openHook(saying(bad));
      await tenant.bind(allRequests, await tenant.target(hook.url, restCall));
      const replaced = tenant.executions.execute(request(buy, order));
      expect(await comes(replaced)).toBe("FAILED_PRECONDITION EXEC-dra6yamk98");
    },
  );

  test.each([
    ...["shop.v1.Shop/Buy", "/shop.v1.Shop", "/shop.v1.Shop/Buy/", "//Buy", "buy"],
    // Nobody else tells targets what happens to targetd's own methods.
    "/zitadel.action.v2.ActionService/DeleteTarget",
    "/zitadel.action.v2beta.ActionService/DeleteTarget",
  ])("that is spelled %s is refused", async (fullMethod) => {
    const tenant = await newTenant(server);
    const calls = [request(fullMethod, {}), response(fullMethod, {})];
    const kinds = ["request.full_method", "response.full_method"];
    for (const [index, call] of calls.entries()) {
      expect(await comes(tenant.executions.execute(call))).toBe(invalid(kinds[index] ?? ""));
    }
  });
});

test.each(["iss", "iat", "nbf", "exp", "jti", "aud", "function"])(
  "the name %s is refused in a function's payload",
  async (name) => {
    const tenant = await newTenant(server);
    const call = tenant.executions.execute(
      callFunction("preuserinfo", { [name]: 1, ok: { aud: 1 } }),
    );
    expect(await comes(call)).toBe(invalid(`function.payload.${name}`));
  },
);

test("what became of each target is told: disabled, failing, fine", async () => {
  const tenant = await newTenant(server);
  const broken = await openHook(replying({ status: 503 }));
  const fine = await openHook();
  const lenient = { restWebhook: { interruptOnError: false } };
  const targets = [
    await tenant.target(fine.url, { ...lenient, disabled: true }),
    await tenant.target(broken.url, lenient),
    await tenant.target(fine.url, lenient),
  ];
  await tenant.bind(allResponses, ...targets);
  const { results } = await tenant.executions.execute(response(buy, {}));
  expect(results.map(({ targetId }) => targetId)).toEqual(targets.map(({ id }) => id));
  expect(results).toMatchObject([
    { outcome: Outcome.FAILED, stage: "disabled", httpStatus: 0, webhookId: "" },
    { outcome: Outcome.FAILED, stage: "status", httpStatus: 503, timedOut: false },
    { outcome: Outcome.SUCCEEDED, stage: "", httpStatus: 200, error: "" },
  ]);
  for (const { duration } of results) expect(duration?.nanos).toBeGreaterThan(0);
});

test("a target of type rest_async is called later, under the id that the answer names", async () => {
  const tenant = await newTenant(server);
  const slow = await openHook();
  const { promise: mayAnswer, resolve: letAnswer } = Promise.withResolvers<undefined>();
  const called = Promise.withResolvers<Hit>();
  slow.answer((hit) => {
    called.resolve(hit);
    return mayAnswer;
  });
  const fine = await openHook();
  const later = await tenant.target(slow.url, { restAsync: {} });
  await tenant.bind(allRequests, later, await tenant.target(fine.url));
  const { results } = await tenant.executions.execute(request(buy, { item: "book" }));
  expect(results).toMatchObject([
    { outcome: Outcome.SUCCEEDED, stage: "", httpStatus: 0, error: "" },
    { outcome: Outcome.SUCCEEDED, stage: "", httpStatus: 200 },
  ]);
  const hit = await called.promise;
  letAnswer(undefined);
  expect(hit.headers["webhook-id"]).toBe(results[0]?.webhookId);
  expect(hit.json).toEqual(fine.last().json);
});

test("a disabled target of type rest_async is told as one, and the list goes on", async () => {
  const tenant = await newTenant(server);
  const fine = await openHook();
  const off = await tenant.target(fine.url, { restAsync: {}, disabled: true });
  await tenant.bind(allRequests, off, await tenant.target(fine.url));
  const { results } = await tenant.executions.execute(request(buy, {}));
  expect(results).toMatchObject([
    { outcome: Outcome.FAILED, stage: "disabled", webhookId: "" },
    { outcome: Outcome.SUCCEEDED },
  ]);
  expect(fine.hits).toHaveLength(1);
});

test("who may execute: IAM_OWNER and EXECUTION_CALLER, with executions of their instance", async () => {
  const tenant = await newTenant(server);
  const hook = await openHook();
  await tenant.bind(allRequests, await tenant.target(hook.url));
  const caller = clientsOf(server.app.url, await tenant.tokenOf(["EXECUTION_CALLER"]));
  expect((await caller.executions.execute(request(buy, {}))).condition).toBe("request");
  const viewer = clientsOf(server.app.url, await tenant.tokenOf(["IAM_OWNER_VIEWER"]));
  const refused = viewer.executions.execute(request(buy, {}));
  expect(await comes(refused)).toBe("PERMISSION_DENIED AUTH-5mWD2");
  const other = await newTenant(server);
  expect((await other.executions.execute(request(buy, {}))).condition).toBe("");
  expect(hook.hits).toHaveLength(1);
  const nothing = other.executions.execute(create(ExecuteRequestSchema));
  expect(await comes(nothing)).toMatch(/^INVALID_ARGUMENT /);
});
