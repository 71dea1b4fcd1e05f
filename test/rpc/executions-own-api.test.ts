/** Executions in front of and behind our own action API: what targets are told, and what they change. */
import type { JsonObject } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { openHook, replying, saying } from "../support/hook.ts";
import { shortly } from "./support/play.ts";
import { useServer } from "./support/server.ts";
import { actionService, allRequests, allResponses, newTenant } from "./support/tenant.ts";

const server = useServer({}, { dev: true });
const doors = ["gRPC by grpc-js", "Connect JSON", "REST"] as const;

const create = (changes?: JsonObject): JsonObject => ({
  name: `created ${crypto.randomUUID()}`,
  restWebhook: {},
  timeout: "10s",
  endpoint: "https://example.com/hook",
  ...changes,
});

describe("what targets are told", () => {
  test.each(doors)("before a call through %s: the request without what is secret", async (door) => {
    const tenant = await newTenant(server);
    const hook = await openHook();
    await tenant.bind(allRequests, await tenant.target(hook.url));
    const request = create({ headers: { "X-Api-Key": "hunter2" } });
    const headers = {
      cookie: "a=hunter3",
      origin: "https://a.example",
      "x-forwarded-for": "1.2.3.4",
    };
    const outcome = await tenant.call("CreateTarget", request, { through: door, headers });
    expect(shortly(outcome)).toBe("OK");
    const { headers: _, ...shown } = request;
    const types = { "gRPC by grpc-js": "application/grpc", "Connect JSON": "application/json" };
    const type = door === "REST" ? "text/plain;charset=UTF-8" : types[door];
    expect(hook.last().json).toEqual({
      fullMethod: `/${actionService}/CreateTarget`,
      instanceID: tenant.id,
      userID: expect.stringMatching(/^token:/),
      request: shown,
      headers: {
        "Content-Type": [type],
        Host: [new URL(server.app.url).host],
        Origin: ["https://a.example"],
        "X-Forwarded-For": ["127.0.0.1"],
      },
    });
    const text = JSON.stringify([hook.last().headers, hook.last().body.toString()]);
    for (const secret of [tenant.token, "hunter", "1.2.3.4"]) expect(text).not.toContain(secret);
    expect(hook.last().headers).toMatchObject({
      "content-type": "application/json",
      "user-agent": expect.stringMatching(/^targetd\/\d/),
      "targetd-depth": "1",
    });
  });

  test.each(doors)("after a call through %s: the response as well", async (door) => {
    const tenant = await newTenant(server);
    const hook = await openHook();
    await tenant.bind(allResponses, await tenant.target(hook.url));
    const request = create();
    const { message } = await tenant.call("CreateTarget", request, { through: door });
    expect(message.signingKey).toMatch(/^whsec_/);
    const { signingKey, ...shown } = message;
    expect(hook.last().json).toMatchObject({ request, response: shown });
    expect(hook.last().body.toString()).not.toContain(signingKey);
  });

  test("a traceparent is passed on when it is one", async () => {
    const tenant = await newTenant(server);
    const hook = await openHook();
    await tenant.bind(allRequests, await tenant.target(hook.url));
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    await tenant.call("ListTargets", {}, { headers: { traceparent } });
    await tenant.call("ListTargets", {}, { headers: { traceparent: "00-a" } });
    expect(hook.hits.map(({ headers }) => headers.traceparent)).toEqual([traceparent, undefined]);
  });

  test("v2beta has conditions and payloads of its own", async () => {
    const tenant = await newTenant(server);
    const hook = await openHook();
    const beta = "zitadel.action.v2beta.ActionService";
    await tenant.bind({ request: { service: beta } }, await tenant.target(hook.url));
    expect(shortly(await tenant.call("ListTargets", {}))).toBe("OK");
    expect(hook.hits).toHaveLength(0);
    const headers = { authorization: `Bearer ${tenant.token}` };
    const body = JSON.stringify({ pagination: { limit: 3 } });
    const path = "/v2beta/actions/targets/search";
    const listed = await server.rest({ verb: "POST", path, body }, { headers });
    expect(shortly(listed)).toBe("OK");
    expect(hook.last().json).toMatchObject({
      fullMethod: `/${beta}/ListTargets`,
      request: { pagination: { limit: 3 } },
    });
  });

  test("services that no condition can name run no executions", async () => {
    const tenant = await newTenant(server);
    const hook = await openHook(replying({ status: 500 }));
    const target = await tenant.target(hook.url);
    await tenant.bind(allRequests, target);
    await tenant.bind(allResponses, target);
    await tenant.tokens.listTokens({});
    await tenant.catalog.getCatalog({});
    expect(hook.hits).toHaveLength(0);
  });
});

describe("which execution runs", () => {
  const method = `/${actionService}/GetTarget`;
  const conditions = [{ method }, { service: actionService }, { all: true }];

  test.each(["request", "response"])("%s: method before service before all", async (kind) => {
    const tenant = await newTenant(server);
    const hook = await openHook();
    const { id } = await tenant.target(hook.url);
    for (const [index, condition] of conditions.entries()) {
      const target = await tenant.target(`${hook.url}/${index}`);
      await tenant.bind({ [kind]: condition }, target);
    }
    const paths: string[] = [];
    for (const condition of [undefined, ...conditions]) {
      if (condition !== undefined) await tenant.bind({ [kind]: condition });
      const before = hook.hits.length;
      expect(shortly(await tenant.call("GetTarget", { id }))).toBe("OK");
      paths.push(
        hook.hits
          .slice(before)
          .map(({ path }) => path.at(-1))
          .join(),
      );
    }
    expect(paths).toEqual(["0", "1", "2", ""]);
    await tenant.bind({ [kind]: { method } }, await tenant.target(`${hook.url}/0`));
    const before = hook.hits.length;
    await tenant.call("ListTargets", {});
    expect(hook.hits).toHaveLength(before);
  });

  test("a call that is not valid, or not allowed, runs none", async () => {
    const tenant = await newTenant(server);
    const hook = await openHook();
    const target = await tenant.target(hook.url);
    await tenant.bind(allRequests, target);
    await tenant.bind(allResponses, target);
    const token = await tenant.tokenOf([], ["iam.audit.read"]);
    const calls = [
      tenant.call("CreateTarget", create({ timeout: "0s" })),
      tenant.call("ListTargets", {}, { token }),
      tenant.call("ListTargets", {}, { token: "tgd_none_such" }),
    ];
    const outcomes = await Promise.all(calls);
    expect(outcomes.map(({ code }) => code)).toEqual([
      "INVALID_ARGUMENT",
      "PERMISSION_DENIED",
      "UNAUTHENTICATED",
    ]);
    expect(hook.hits).toHaveLength(0);
  });
});

describe("rest_call", () => {
  const restCall = { restCall: { interruptOnError: true } };
  const onCreate = { method: `/${actionService}/CreateTarget` };

  test("a replaced request is handled, and keeps what the target could not see", async () => {
    const tenant = await newTenant(server);
    const hook = await openHook(({ json }) => ({
      body: { ...(json.request as JsonObject), name: `new ${tenant.id}` },
    }));
    const other = await openHook();
    const rewriter = await tenant.target(hook.url, restCall);
    await tenant.bind({ request: onCreate }, rewriter, await tenant.target(other.url));
    const request = create({ headers: { "X-Api-Key": "hunter2" } });
    const { message } = await tenant.call("CreateTarget", request);
    const { target } = await tenant.must("GetTarget", { id: String(message.id) });
    expect(target).toMatchObject({ name: `new ${tenant.id}`, headers: { "x-api-key": "" } });
    expect(other.last().json.request).toMatchObject({ name: `new ${tenant.id}` });
  });

  test("a replaced response is answered, and keeps what the target could not see", async () => {
    const tenant = await newTenant(server);
    const hook = await openHook(saying({ id: "replaced" }));
    const target = await tenant.target(hook.url, restCall);
    await tenant.bind({ response: onCreate }, target);
    for (const through of doors) {
      const { message } = await tenant.call("CreateTarget", create(), { through });
      expect(message).toEqual({ id: "replaced", signingKey: expect.stringMatching(/^whsec_/) });
    }
  });

  test.each([
    [
      "breaks a rule",
      { name: "a", endpoint: "https://example.com", timeout: "0s", restWebhook: {} },
    ],
    ["has an unknown field", { ...create(), more: 1 }],
    ["has a field of the wrong type", { name: 1 }],
    ["is a list", []],
    ["is no JSON", "<html>"],
  ])("a replacement that %s is the error of its target", async (_name, body) => {
    const tenant = await newTenant(server);
    const hook = await openHook(saying(body));
    const target = await tenant.target(hook.url, restCall);
    await tenant.bind({ request: onCreate }, target);
    const outcome = await tenant.call("CreateTarget", create());
    expect(shortly(outcome)).toBe("FAILED_PRECONDITION EXEC-dra6yamk98");
    expect(outcome.metadata).toMatchObject({
      target_id: target.id,
      condition: `request/${actionService}/CreateTarget`,
      stage: "answer",
    });
    expect(outcome.text).not.toContain("the request cannot be read");
  });

  test.each(["", "null-status", "webhook"])(
    "what is no message leaves it as it is: %j",
    async (kind) => {
      const tenant = await newTenant(server);
      const body =
        kind === "null-status" ? { forwardedStatusCode: 0 } : kind && { name: "ignored" };
      const hook = await openHook(saying(body));
      const changes = kind === "webhook" ? {} : restCall;
      await tenant.bind({ request: onCreate }, await tenant.target(hook.url, changes));
      const request = create();
      const { message } = await tenant.call("CreateTarget", request);
      const { target } = await tenant.must("GetTarget", { id: String(message.id) });
      expect(target).toMatchObject({ name: request.name });
    },
  );
});
