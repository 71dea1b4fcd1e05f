import { expect, onTestFinished, test } from "vitest";
import { startTestApp, type TestApp } from "../support/app.ts";
import { openHook } from "../support/hook.ts";

async function start(metricsListen: string): Promise<TestApp> {
  const env = { TARGETD_METRICS_LISTEN: metricsListen };
  const app = await startTestApp({ env, dev: true });
  onTestFinished(() => app.stop());
  return app;
}

const entry = (app: TestApp, message: string) =>
  app.logged.map((line) => JSON.parse(line)).find(({ msg }) => msg.startsWith(message));

/** Where metrics can be read. */
function addressOf(app: TestApp): string {
  const { host, port } = entry(app, "metrics can be read");
  return `${host}:${port}`;
}

async function readMetrics(app: TestApp): Promise<string> {
  return (await fetch(`http://${addressOf(app)}/metrics`)).text();
}

function call(app: TestApp, path: string, token: string, body: unknown): Promise<Response> {
  const headers = { authorization: `Bearer ${token}` };
  return fetch(app.url + path, { method: "POST", headers, body: JSON.stringify(body) });
}

const target = { name: "orders", endpoint: "https://example.com/", timeout: "5s", restWebhook: {} };

test("tells of calls by method and code, and of commits", async () => {
  const app = await start("127.0.0.1:0");
  const { owner, nobody } = app.tokens;
  const create = (token: string, body: unknown) => call(app, "/v2/actions/targets", token, body);
  expect((await create(owner, target)).status).toBe(200);
  expect((await create(owner, target)).status).toBe(409);
  expect((await create(owner, {})).status).toBe(400);
  expect((await create(nobody, target)).status).toBe(403);
  expect((await create("wrong", target)).status).toBe(401);
  const tooLarge = { ...target, name: "a".repeat(5 << 20) };
  expect((await create(owner, tooLarge)).status).toBe(413);
  const text = await readMetrics(app);
  const method = "zitadel.action.v2.ActionService/CreateTarget";
  const codes = [
    "already_exists",
    "invalid_argument",
    "ok",
    "permission_denied",
    "resource_exhausted",
    "unauthenticated",
  ];
  const counts = text.matchAll(
    /^targetd_rpc_duration_seconds_count{method="(.*)",code="(.*)"} 1$/gm,
  );
  expect([...counts].map(([, name, code]) => [name, code]).sort()).toEqual(
    codes.map((code) => [method, code]),
  );
  expect(text).toMatch(/^targetd_store_commit_writers_count [1-9]/m);
  expect(text).toMatch(/^targetd_store_commit_seconds_count [1-9]/m);
});

test("tells of attempts at deliveries and how long they took", async () => {
  const app = await start("127.0.0.1:0");
  const hook = await openHook();
  const { owner } = app.tokens;
  const body = { ...target, restWebhook: undefined, restAsync: {}, endpoint: hook.url };
  const created = await call(app, "/v2/actions/targets", owner, body);
  const { id } = (await created.json()) as { readonly id: string };
  const set = await fetch(`${app.url}/v2/actions/executions`, {
    method: "PUT",
    headers: { authorization: `Bearer ${owner}` },
    body: JSON.stringify({ condition: { event: { event: "target.changed" } }, targets: [id] }),
  });
  expect(set.status).toBe(200);
  expect((await call(app, `/v2/actions/targets/${id}`, owner, { timeout: "6s" })).status).toBe(200);
  await expect
    .poll(() => readMetrics(app), { timeout: 20_000 })
    .toMatch(/^targetd_delivery_attempts_total\{outcome="succeeded",stage=""\} 1$/m);
  const text = await readMetrics(app);
  expect(text).toMatch(/^targetd_delivery_latency_seconds_count 1$/m);
  expect(text).toMatch(/^targetd_delivery_queue_age_seconds_count 1$/m);
  expect(text).toMatch(/^targetd_delivery_calls_in_flight 0$/m);
});

test("tells of deliveries that wait, and why", async () => {
  const app = await start("127.0.0.1:0");
  const { owner } = app.tokens;
  const nothing = await readMetrics(app);
  expect(nothing).toMatch(/^targetd_delivery_oldest_pending_seconds 0$/m);
  expect(nothing).toMatch(/^targetd_delivery_disabled_targets_waiting 0$/m);
  const created = await call(app, "/v2/actions/targets", owner, target);
  const { id } = (await created.json()) as { readonly id: string };
  await fetch(`${app.url}/v2/actions/executions`, {
    method: "PUT",
    headers: { authorization: `Bearer ${owner}` },
    body: JSON.stringify({ condition: { event: { event: "target.changed" } }, targets: [id] }),
  });
  await call(app, `/v2/actions/targets/${id}`, owner, { disabled: true });
  const text = await readMetrics(app);
  expect(text).toMatch(/^targetd_delivery_oldest_pending_seconds 0\.[0-9]*[1-9]/m);
  expect(text).toMatch(/^targetd_delivery_disabled_targets_waiting 1$/m);
  expect(text).toMatch(/^targetd_delivery_breakers_open 0$/m);
});

test("no target may be where metrics can be read", async () => {
  const app = await start("127.0.0.1:0");
  const endpoint = `http://${addressOf(app)}/metrics`;
  const body = { ...target, endpoint };
  const answer = await call(app, "/v2/actions/targets", app.tokens.owner, body);
  expect(answer.status).toBe(400);
  expect(await answer.text()).toContain("own-listener");
});

test("a port that is taken is warned of, and the server starts without metrics", async () => {
  const first = await start("127.0.0.1:0");
  const second = await start(addressOf(first));
  expect(entry(second, "metrics cannot be read")).toMatchObject({
    level: "warn",
    code: "EADDRINUSE",
  });
  expect((await fetch(`${second.url}/healthz`)).status).toBe(200);
});

test("nothing listens when metrics are off, nor after the stop", async () => {
  const off = await start("off");
  expect(off.logged.filter((line) => line.includes("metrics"))).toEqual([]);
  const stopped = await startTestApp({ env: { TARGETD_METRICS_LISTEN: "127.0.0.1:0" } });
  const url = `http://${addressOf(stopped)}/metrics`;
  expect((await fetch(url)).status).toBe(200);
  await stopped.stop();
  await expect(fetch(url)).rejects.toThrow();
});
