import { expect, test } from "vitest";
import { createMetrics, noMetrics } from "../../../src/telemetry/metrics.ts";

/** Lines of one metric without its comments. */
async function linesOf(metrics: ReturnType<typeof createMetrics>, name: string): Promise<string[]> {
  const text = await metrics.text();
  return text.split("\n").filter((line) => line.startsWith(name));
}

test("counts attempts by outcome and stage", async () => {
  const metrics = createMetrics();
  metrics.attempted("succeeded", undefined);
  metrics.attempted("retried", "status");
  metrics.attempted("retried", "status");
  expect(await linesOf(metrics, "targetd_delivery_attempts")).toEqual([
    'targetd_delivery_attempts_total{outcome="succeeded",stage=""} 1',
    'targetd_delivery_attempts_total{outcome="retried",stage="status"} 2',
  ]);
});

test.each([
  ["targetd_delivery_latency_seconds", "delivered", 3600, 7200],
  ["targetd_delivery_queue_age_seconds", "claimed", 0.02, 0.05],
  ["targetd_store_commit_writers", "committed", 3, 4],
] as const)("%s has what %s is told", async (name, method, value, bound) => {
  const metrics = createMetrics();
  metrics[method](value, 0.5);
  const lines = await linesOf(metrics, name);
  expect(lines).toContain(`${name}_count 1`);
  expect(lines).toContain(`${name}_sum ${value}`);
  expect(lines).toContain(`${name}_bucket{le="${bound}"} 1`);
  const below = lines[lines.indexOf(`${name}_bucket{le="${bound}"} 1`) - 1];
  expect(below).toMatch(/} 0$/);
});

test("has the duration of commits", async () => {
  const metrics = createMetrics();
  metrics.committed(3, 0.003);
  const name = "targetd_store_commit_seconds";
  const lines = await linesOf(metrics, name);
  expect(lines).toContain(`${name}_sum 0.003`);
  expect(lines).toContain(`${name}_bucket{le="0.005"} 1`);
});

test("tells of the process and of its event loop", async () => {
  const metrics = createMetrics();
  const value = async (name: string) => Number((await linesOf(metrics, name))[0]?.split(" ")[1]);
  expect(await value("process_resident_memory_bytes")).toBeGreaterThan(1e6);
  expect(await value("process_cpu_seconds_total")).toBeGreaterThan(0);
  expect(await value("process_start_time_seconds")).toBeLessThan(Date.now() / 1000);
  const delays = await linesOf(metrics, "targetd_event_loop_delay_seconds");
  expect(delays.map((line) => line.split(" ")[0])).toEqual(
    ["0.5", "0.99", "1"].map((of) => `targetd_event_loop_delay_seconds{quantile="${of}"}`),
  );
});

test("has the duration of answers by method and code", async () => {
  const metrics = createMetrics();
  metrics.answered("targetd.v1.EventService/PublishEvents", "ok", 0.003);
  const labels = 'method="targetd.v1.EventService/PublishEvents",code="ok"';
  const name = "targetd_rpc_duration_seconds";
  const lines = await linesOf(metrics, name);
  expect(lines).toContain(`${name}_count{${labels}} 1`);
  expect(lines).toContain(`${name}_bucket{${labels},le="0.005"} 1`);
});

test("calls under way are those that began and have not ended", async () => {
  const metrics = createMetrics();
  const name = "targetd_delivery_calls_in_flight";
  expect(await linesOf(metrics, name)).toEqual([`${name} 0`]);
  metrics.inFlight(1);
  metrics.inFlight(1);
  metrics.inFlight(-1);
  expect(await linesOf(metrics, name)).toEqual([`${name} 1`]);
});

test("the state of the queues is read when somebody looks", async () => {
  const metrics = createMetrics();
  let reads = 0;
  metrics.watchQueues(async () => {
    reads++;
    return { oldestPending: 12.5, openBreakers: 2, disabledWaiting: 3 };
  });
  expect(reads).toBe(0);
  const text = await metrics.text();
  expect(reads).toBe(1);
  expect(text).toContain("\ntargetd_delivery_oldest_pending_seconds 12.5\n");
  expect(text).toContain("\ntargetd_delivery_breakers_open 2\n");
  expect(text).toContain("\ntargetd_delivery_disabled_targets_waiting 3\n");
});

test("a state that cannot be read is missing, and everything else is there", async () => {
  const metrics = createMetrics();
  metrics.watchQueues(() => Promise.reject(new Error("the store is closed")));
  metrics.committed(1, 0.001);
  const text = await metrics.text();
  expect(text).not.toContain("targetd_delivery_breakers_open ");
  expect(text).toContain("targetd_store_commit_writers_count 1");
});

test("without metrics nothing happens", () => {
  noMetrics.attempted("failed", "status");
  noMetrics.delivered(1);
  noMetrics.claimed(1);
  noMetrics.inFlight(1);
  noMetrics.committed(1, 0.001);
  noMetrics.answered("a.B.C", "ok", 1);
  noMetrics.watchQueues(() => Promise.reject(new Error("nobody reads it")));
});
