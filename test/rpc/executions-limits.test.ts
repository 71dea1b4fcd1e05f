/** What bounds an execution: its depth, the caller's deadline, and a caller that hangs up. */
import { fromJson, type JsonObject } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { ExecuteRequestSchema } from "../../gen/targetd/v1/execution_service_pb.ts";
import { openHook, replying } from "../support/hook.ts";
import { onRequests, openReceiver } from "../support/receiver.ts";
import { comes, iamDoors } from "./support/iam.ts";
import { shortly } from "./support/play.ts";
import { useServer } from "./support/server.ts";
import { allRequests, allResponses, newTenant, type Tenant } from "./support/tenant.ts";

const server = useServer({}, { dev: true });
const occurrence: JsonObject = { request: { fullMethod: "/shop.v1.Shop/Buy" } };
const anyRequest = fromJson(ExecuteRequestSchema, occurrence);
const tooDeep = "FAILED_PRECONDITION TARGETD-TOO-DEEP";

describe("nested executions", () => {
  test("that pass the header on end 4 deep", async () => {
    const tenant = await newTenant(server);
    const inner: string[] = [];
    const hook = await openHook(async ({ headers }) => {
      const depth = String(headers["targetd-depth"]);
      const nested = tenant.executions.execute(anyRequest, { headers: { "targetd-depth": depth } });
      inner.push(`${depth}: ${await comes(nested)}`);
      return {};
    });
    await tenant.bind(allRequests, await tenant.target(hook.url));
    expect(await comes(tenant.executions.execute(anyRequest))).toBe("OK");
    expect(inner).toEqual([`4: ${tooDeep}`, "3: OK", "2: OK", "1: OK"]);
  });

  test("of our own API too, so a target that calls it cannot loop", async () => {
    const tenant = await newTenant(server);
    const inner: string[] = [];
    const hook = await openHook(async ({ headers }) => {
      const depth = String(headers["targetd-depth"]);
      const nested = await tenant.call("ListTargets", {}, { headers: { "targetd-depth": depth } });
      inner.push(`${depth}: ${shortly(nested)}`);
      return {};
    });
    await tenant.bind(allResponses, await tenant.target(hook.url));
    expect(shortly(await tenant.call("ListTargets", {}))).toBe("OK");
    expect(inner).toEqual([`4: ${tooDeep}`, "3: OK", "2: OK", "1: OK"]);
  });

  test.each(["-1", "1.5", "x", "99999999999999999999"])(
    "of depth %s are refused",
    async (depth) => {
      const tenant = await newTenant(server);
      const hook = await openHook();
      await tenant.bind(allRequests, await tenant.target(hook.url));
      const headers = { "targetd-depth": depth };
      const call = tenant.executions.execute(anyRequest, { headers });
      expect(await comes(call)).toBe("INVALID_ARGUMENT TARGETD-MALFORMED");
      const own = await tenant.call("ListTargets", {}, { headers });
      expect(shortly(own)).toBe("INVALID_ARGUMENT TARGETD-MALFORMED");
      expect(hook.hits).toHaveLength(0);
    },
  );

  test("show their depth in TestTarget too", async () => {
    const tenant = await newTenant(server);
    const hook = await openHook();
    const { id: targetId } = await tenant.target(hook.url);
    await tenant.testing.testTarget({ targetId }, { headers: { "targetd-depth": "3" } });
    expect(hook.last().headers["targetd-depth"]).toBe("4");
    const deep = tenant.testing.testTarget({ targetId }, { headers: { "targetd-depth": "4" } });
    expect(await comes(deep)).toBe(tooDeep);
  });
});

/** A target that never answers. */
async function openSilent(tenant: Tenant) {
  const { promise: called, resolve } = Promise.withResolvers<void>();
  const receiver = await openReceiver(onRequests(() => resolve()));
  const target = await tenant.target(receiver.url, { timeout: "270s" });
  return { receiver, target, called };
}

describe("the caller's deadline", () => {
  test("ends the call to the target, and the error says so", async () => {
    const tenant = await newTenant(server);
    const { receiver, target } = await openSilent(tenant);
    await tenant.bind(allRequests, target);
    const answer = await fetch(`${server.app.url}/targetd.v1.ExecutionService/Execute`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${tenant.token}`,
        "content-type": "application/json",
        "connect-timeout-ms": "300",
      },
      body: JSON.stringify(occurrence),
    });
    const { code, message } = (await answer.json()) as { code: string; message: string };
    expect([answer.status, code]).toEqual([504, "deadline_exceeded"]);
    expect(message).toContain("TARGETD-DEADLINE");
    await expect.poll(receiver.open).toBe(0);
  });

  test.each(iamDoors)("over %s reaches the target", async (door) => {
    const tenant = await newTenant(server, door);
    const { receiver, target } = await openSilent(tenant);
    await tenant.bind(allRequests, target);
    const call = tenant.executions.execute(anyRequest, { timeoutMs: 300 });
    expect(await comes(call)).toMatch(/^DEADLINE_EXCEEDED/);
    await expect.poll(receiver.open).toBe(0);
  });

  test("leaves no time to the targets behind", async () => {
    const tenant = await newTenant(server);
    const { target } = await openSilent(tenant);
    const later = await openHook();
    await tenant.bind(allRequests, target, await tenant.target(later.url));
    const call = tenant.executions.execute(anyRequest, { timeoutMs: 300 });
    expect(await comes(call)).toMatch(/^DEADLINE_EXCEEDED/);
    expect(later.hits).toHaveLength(0);
  });
});

describe("a caller that hangs up", () => {
  test.each(iamDoors)("over %s ends the call to the target", async (door) => {
    const tenant = await newTenant(server, door);
    const { receiver, target, called } = await openSilent(tenant);
    await tenant.bind(allRequests, target);
    const { signal, abort } = cancellable();
    const call = comes(tenant.executions.execute(anyRequest, { signal }));
    await called;
    expect(receiver.open()).toBe(1);
    abort();
    expect(await call).toMatch(/^CANCELED|^CANCELLED/);
    await expect.poll(receiver.open).toBe(0);
  });

  test("in front of our own API over REST ends the call to the target", async () => {
    const tenant = await newTenant(server);
    const { receiver, target, called } = await openSilent(tenant);
    await tenant.bind(allRequests, target);
    const { signal, abort } = cancellable();
    const headers = { authorization: `Bearer ${tenant.token}` };
    const url = `${server.app.url}/v2/actions/targets/${target.id}`;
    const call = fetch(url, { headers, signal, method: "DELETE" }).catch(({ name }) => name);
    await called;
    abort();
    expect(await call).toBe("AbortError");
    await expect.poll(receiver.open).toBe(0);
    expect(await tenant.must("GetTarget", { id: target.id })).toHaveProperty("target");
  });

  test("of TestTarget ends its call", async () => {
    const tenant = await newTenant(server);
    const { receiver, target, called } = await openSilent(tenant);
    const { signal, abort } = cancellable();
    const call = comes(tenant.testing.testTarget({ targetId: target.id }, { signal }));
    await called;
    abort();
    await call;
    await expect.poll(receiver.open).toBe(0);
  });
});

function cancellable() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

test("the timeout of each target holds for it alone", async () => {
  const tenant = await newTenant(server);
  const silent = await openReceiver(onRequests(() => undefined));
  const lenient = { restWebhook: { interruptOnError: false } };
  const fine = await openHook(replying({ status: 204 }));
  const slow = { ...lenient, timeout: "0.2s" };
  const targets = [
    await tenant.target(silent.url, slow),
    await tenant.target(silent.url, slow),
    await tenant.target(fine.url, lenient),
  ];
  await tenant.bind(allRequests, ...targets);
  const { results } = await tenant.executions.execute(anyRequest);
  expect(results).toMatchObject([
    { stage: "headers", timedOut: true },
    { stage: "headers", timedOut: true },
    { stage: "", timedOut: false, httpStatus: 204 },
  ]);
});
