/** Traces over the real server, as a collector gets them. */
import { once } from "node:events";
import { connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { startTestApp, type TestApp } from "../support/app.ts";
import { type CollectedSpan, type Collector, openCollector } from "../support/collector.ts";
import { openHook, replying } from "../support/hook.ts";
import { anyEvent } from "./support/deliveries.ts";
import { anyTarget, type Caller, callerOf, comes } from "./support/iam.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const spanId = "00f067aa0ba902b7";
const sampled = { traceparent: `00-${traceId}-${spanId}-01`, tracestate: "vendor=1" };

async function start(env: Readonly<Record<string, string>> = {}): Promise<TestApp> {
  const app = await startTestApp({ dev: true, env });
  onTestFinished(() => app.stop());
  return app;
}

async function startTraced(env: Readonly<Record<string, string>> = {}) {
  const collector = await openCollector();
  onTestFinished(() => collector.close());
  const app = await startTestApp({
    dev: true,
    env: { TARGETD_OTLP_ENDPOINT: collector.url, ...env },
  });
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= app.stop();
    return stopped;
  };
  onTestFinished(stop);
  const caller = callerOf(app.url, app.tokens.owner);
  await caller.catalog.setEventTypes({ eventTypes: ["shop.paid"] });
  return { collector, app, stop, caller };
}

/** A target that hears of all events of a type. */
async function listen(
  { targets }: Caller,
  endpoint: string,
  event: string,
  changes: Partial<ReturnType<typeof anyTarget>> = {},
): Promise<string> {
  const { id } = await targets.createTarget({ ...anyTarget(), endpoint, ...changes });
  const condition = { case: "event", value: event } as const;
  const value = { condition };
  const conditionType = { case: "event", value } as const;
  await targets.setExecution({ condition: { conditionType }, targets: [id] });
  return id;
}

function spanOf({ spans }: Collector, name: string, trace: string = traceId): CollectedSpan {
  const found = spans.filter((span) => span.name === name && span.traceId === trace);
  expect(found.map((span) => span.name)).toEqual([name]);
  return found[0] as CollectedSpan;
}

const publishing = "targetd.v1.EventService/PublishEvents";

test("a trace goes from the caller through the queue to the target", async () => {
  const { collector, stop, caller, app } = await startTraced();
  const hook = await openHook();
  const target = await listen(caller, `${hook.url}?key=hidden-in-the-query`, "shop.paid");
  const event = anyEvent();
  await caller.events.publishEvents({ events: [event] }, { headers: sampled });
  await expect.poll(() => hook.hits.length, { timeout: 20_000 }).toBe(1);
  const [delivery] = (await caller.deliveries.listDeliveries({ targetId: target })).deliveries;
  await stop();

  const published = spanOf(collector, publishing);
  const delivered = spanOf(collector, "deliver");
  const called = spanOf(collector, "POST");
  expect(published).toMatchObject({
    ...{ parentSpanId: spanId, kind: "server", failed: false, traceState: "vendor=1" },
    attributes: {
      "rpc.system.name": "grpc",
      "rpc.method": publishing,
      "rpc.status_code": "OK",
      "targetd.instance": "default",
    },
  });
  expect(delivered).toMatchObject({
    ...{ parentSpanId: published.spanId, kind: "consumer", failed: false },
    attributes: {
      "targetd.delivery.id": delivery?.id,
      "targetd.target.id": target,
      "targetd.delivery.attempt": 1,
      "targetd.event.id": event.id,
      "targetd.event.type": "shop.paid",
      "targetd.outcome": "succeeded",
      "targetd.breaker": "closed",
    },
  });
  const port = Number(new URL(hook.url).port);
  expect(called).toMatchObject({
    ...{ parentSpanId: delivered.spanId, kind: "client", failed: false },
    attributes: {
      "http.request.method": "POST",
      "http.response.status_code": 200,
      ...{ "server.address": "127.0.0.1", "server.port": port },
      ...{ "network.peer.address": "127.0.0.1", "network.peer.port": port },
      "targetd.webhook.id": delivery?.id,
    },
  });
  expect(hook.last().headers.traceparent).toBe(`00-${traceId}-${called.spanId}-01`);
  const line = app.logged
    .map((each) => JSON.parse(each))
    .find(({ msg }) => msg === "delivery made");
  expect(line).toMatchObject({ trace_id: traceId, span_id: delivered.spanId });
  expect(collector.resource).toMatchObject({ "service.name": "targetd" });
  expect(collector.resource["service.version"]).toMatch(/^\d/);
  expect(JSON.stringify(collector.spans)).not.toContain("hidden-in-the-query");
});

test("calls of an execution belong to the call that it runs for, at once or later", async () => {
  const { collector, stop, caller, app } = await startTraced();
  const hook = await openHook();
  const make = (targetType: object) =>
    caller.targets.createTarget({ ...anyTarget(), endpoint: hook.url, ...targetType });
  const { id: waited } = await make({ targetType: { case: "restCall", value: {} } });
  const { id: queued } = await make({ targetType: { case: "restAsync", value: {} } });
  const value = { condition: { case: "all", value: true } } as const;
  const condition = { conditionType: { case: "request", value } } as const;
  await caller.targets.setExecution({ condition, targets: [waited, queued] });
  await caller.targets.listTargets({}, { headers: sampled });
  await expect.poll(() => hook.hits.length, { timeout: 20_000 }).toBe(2);
  await stop();
  const listed = spanOf(collector, "zitadel.action.v2.ActionService/ListTargets");
  const delivered = spanOf(collector, "deliver");
  expect([listed.parentSpanId, delivered.parentSpanId]).toEqual([spanId, listed.spanId]);
  const parents = collector.spans
    .filter(({ name }) => name === "POST")
    .map(({ attributes, parentSpanId }) => [attributes["targetd.target.id"], parentSpanId]);
  expect(new Map(parents as [string, string][])).toEqual(
    new Map([
      [waited, listed.spanId],
      [queued, delivered.spanId],
    ]),
  );
  const lines = app.logged.map((line) => JSON.parse(line));
  const called = lines.filter(({ msg, target }) => msg === "target called" && target === waited);
  expect(called).toMatchObject([{ trace_id: traceId, span_id: listed.spanId }]);
});

test("each attempt is a span of its own, and tells how it failed", async () => {
  const { collector, stop, caller } = await startTraced();
  const hook = await openHook(replying({ status: 503 }));
  const deliveryPolicy = { retryDelays: [{ nanos: 1_000_000 }] };
  await listen(caller, hook.url, "shop.paid", { deliveryPolicy } as object);
  await caller.events.publishEvents({ events: [anyEvent()] }, { headers: sampled });
  await expect.poll(() => hook.hits.length, { timeout: 20_000 }).toBe(2);
  await stop();
  const outcomes = collector.spans
    .filter(({ name }) => name === "deliver")
    .map(({ failed, attributes: { "targetd.outcome": outcome, "error.type": type } }) => [
      ...[outcome, failed, type],
    ]);
  expect(outcomes).toEqual([
    ["retried", true, "status"],
    ["failed", true, "status"],
  ]);
  const calls = collector.spans.filter(({ name }) => name === "POST");
  expect(calls.map(({ failed, attributes }) => [failed, attributes["error.type"]])).toEqual([
    [true, "503"],
    [true, "503"],
  ]);
  expect(new Set(hook.hits.map(({ headers }) => headers.traceparent)).size).toBe(2);
});

test("calls that are refused have their code, and none of them a parent that is none", async () => {
  const { collector, stop, app, caller } = await startTraced();
  const { targets } = callerOf(app.url, "wrong", "Connect JSON");
  const headers = { traceparent: "00-zz" };
  await comes(targets.createTarget(anyTarget(), { headers }));
  await comes(caller.targets.createTarget({ ...anyTarget(), name: "" }, { headers: sampled }));
  await stop();
  const method = "zitadel.action.v2.ActionService/CreateTarget";
  const refused = collector.spans.filter(({ name }) => name === method);
  const seen = refused.map(({ parentSpanId, failed, attributes }) => [
    parentSpanId,
    failed,
    attributes["rpc.system.name"],
    attributes["rpc.status_code"],
  ]);
  expect(seen).toEqual([
    ["", false, "connectrpc", "UNAUTHENTICATED"],
    [spanId, false, "grpc", "INVALID_ARGUMENT"],
  ]);
});

test("what the caller does not trace is not traced, and the trace goes on nevertheless", async () => {
  const { collector, stop, caller } = await startTraced();
  const hook = await openHook();
  await listen(caller, hook.url, "shop.paid");
  const headers = { traceparent: `00-${traceId}-${spanId}-00` };
  await caller.events.publishEvents({ events: [anyEvent()] }, { headers });
  await expect.poll(() => hook.hits.length, { timeout: 20_000 }).toBe(1);
  await stop();
  expect(hook.last().headers.traceparent).toMatch(new RegExp(`^00-${traceId}-(?!${spanId}).*-00$`));
  expect(collector.spans.filter((span) => span.traceId === traceId)).toEqual([]);
});

test("a share of 0 keeps nothing but what callers trace, and headers reach the collector", async () => {
  const { collector, stop, caller } = await startTraced({
    TARGETD_OTLP_SAMPLE_RATIO: "0",
    TARGETD_OTLP_HEADERS: "authorization=Bearer%20secret,x-tenant=a",
  });
  await caller.targets.listTargets({});
  await caller.targets.listTargets({}, { headers: sampled });
  await stop();
  expect(collector.spans.map((span) => span.traceId)).toEqual([traceId]);
  expect(collector.exports[0]).toMatchObject({
    ...{ authorization: "Bearer secret", "x-tenant": "a" },
    "content-type": "application/x-protobuf",
  });
});

test.each([
  ["refuses", 400],
  ["does not answer", undefined],
])("a collector that %s disturbs no call, and is told of", async (_what, status) => {
  const { collector, stop, app, caller } = await startTraced();
  collector.answer(status);
  expect(await comes(caller.targets.listTargets({}))).toBe("OK");
  await stop();
  expect(collector.exports.length).toBeGreaterThan(0);
  const lines = app.logged.map((line) => JSON.parse(line));
  const told = lines.filter(({ msg }) => msg === "traces do not reach the collector");
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({ level: "warn", spans: expect.any(Number) });
});

test("without a collector the caller's trace is passed on as it is", async () => {
  const app = await start();
  const caller = callerOf(app.url, app.tokens.owner);
  await caller.catalog.setEventTypes({ eventTypes: ["shop.paid"] });
  const hook = await openHook();
  await listen(caller, hook.url, "shop.paid");
  await caller.events.publishEvents({ events: [anyEvent()] }, { headers: sampled });
  await expect.poll(() => hook.hits.length, { timeout: 20_000 }).toBe(1);
  expect(hook.last().headers.traceparent).toBe(sampled.traceparent);
  expect(hook.last().headers.tracestate).toBeUndefined();
  const line = () =>
    app.logged.map((each) => JSON.parse(each)).find(({ msg }) => msg === "delivery made");
  await expect.poll(line).toMatchObject({ trace_id: traceId, span_id: spanId });
});

test("a call whose caller leaves before its body was complete has a span that ends", async () => {
  const { collector, app, stop } = await startTraced();
  const { hostname, port } = new URL(app.url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  const head = [
    "POST /v2/actions/targets HTTP/1.1",
    `host: ${hostname}:${port}`,
    `authorization: Bearer ${app.tokens.owner}`,
    `traceparent: ${sampled.traceparent}`,
    "content-length: 100",
    "expect: 100-continue",
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  // Its body is asked for when it is admitted.
  await once(socket, "data");
  socket.destroy();
  await once(socket, "close");
  await stop();
  const { attributes } = spanOf(collector, "zitadel.action.v2.ActionService/CreateTarget");
  expect(attributes).toMatchObject({ "rpc.status_code": "CANCELED" });
});
