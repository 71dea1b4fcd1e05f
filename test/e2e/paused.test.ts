/** A server that is paused for longer than its leases, as by a debugger or a frozen container. */
import { expect, onTestFinished, test } from "vitest";
import { newDataDir } from "../support/process.ts";
import { startDeliveryProcess } from "./support/delivery-process.ts";
import { openJudge } from "./support/judge.ts";
import { bindJudge, eventsOf, pendingOf, publish } from "./support/torture.ts";

const lease = 200_000;

test("a pause longer than the lease loses nothing and writes no result twice", async () => {
  const judge = await openJudge();
  onTestFinished(() => judge.close());
  const server = await startDeliveryProcess({ dataDir: newDataDir(), lease, inFlight: 64 });
  onTestFinished(() => server.end());
  await bindJudge(server, judge);
  const events = eventsOf(0, 180);
  for (const [pause, arrived] of [5, 40, 90].entries()) {
    const before = judge.count();
    const part = events.slice(pause * 60, (pause + 1) * 60);
    expect(await publish(server, part)).toBe(part.length);
    await judge.reached(before + arrived);
    server.kill("SIGSTOP");
    // The lease is real time of the other process.
    await new Promise((resolve) => setTimeout(resolve, (2 * lease) / 1000));
    server.kill("SIGCONT");
  }
  await judge.complete(360);
  expect(await pendingOf(server)).toBe(0);
  // One call for each, as a pause is no end: the attempt goes on under the claim that follows.
  const { deliveries } = await server.call("targetd.v1.DeliveryService/ListDeliveries", {
    pageSize: 1000,
  });
  const made = (deliveries as { eventId: string; attempts: number; state: string }[]).filter(
    ({ eventId }) => eventId.startsWith("0-"),
  );
  expect(made).toHaveLength(360);
  for (const { attempts, state } of made) {
    expect({ attempts, state }).toEqual({ attempts: 1, state: "DELIVERY_STATE_SUCCEEDED" });
  }
  for (const { webhookIds } of judge.arrivals.values()) expect(webhookIds).toHaveLength(1);
});
