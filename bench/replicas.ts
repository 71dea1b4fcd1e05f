/** What two servers with one database deliver in the time of one, to a receiver that takes its time. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { inTurn, startReplicas } from "../test/e2e/support/replicas.ts";
import { eventsOf, publish } from "../test/e2e/support/torture.ts";
import { medianOf, printTable } from "./report.ts";

/** Milliseconds until the receiver answers. */
const latency = 100;
/** Calls of the target under way at the same time in each server. */
const inFlight = 50;
/** Deliveries of a round to each server. */
const deliveries = 1_500;
const rounds = 5;
/** Rounds before those, in which the compilers do most of their work. */
const warmUps = 2;
const most = inFlight / (latency / 1000);

export async function measureReplicas(): Promise<void> {
  const [one, two] = [await medianRate(1), await medianRate(2)];
  console.log(
    `\nDeliveries in a second on PostgreSQL, to a receiver that answers after ${latency} ms, ` +
      `${inFlight} calls at a time in each server; median of ${rounds} rounds of ${deliveries} for each\n`,
  );
  const rate = (value: number) => value.toFixed(0);
  printTable(
    ["", "one server", "two servers", "ratio"],
    [
      ["deliveries/s", rate(one), rate(two), (two / one).toFixed(2)],
      ["at most", rate(most), rate(2 * most), "2.00"],
    ],
  );
}

async function medianRate(count: number): Promise<number> {
  const sink = await openSlowSink();
  // A target gets a quarter of all calls.
  const replicas = await startReplicas({ count, inFlight: 4 * inFlight });
  try {
    const { call } = inTurn(replicas.servers, 0);
    const action = "zitadel.action.v2.ActionService";
    const deliveryPolicy = { maxConcurrency: count * inFlight };
    const target = { name: "slow", restWebhook: {}, timeout: "10s", endpoint: sink.url };
    const { id } = await call(`${action}/CreateTarget`, { ...target, deliveryPolicy });
    const condition = { event: { event: "torture.went" } };
    const eventTypes = [condition.event.event];
    await call("targetd.v1.CatalogService/SetEventTypes", { eventTypes });
    await call(`${action}/SetExecution`, { condition, targets: [id] });
    const rates: number[] = [];
    const disable = (disabled: boolean) => call(`${action}/UpdateTarget`, { id, disabled });
    for (let round = 0; round < warmUps + rounds; round++) {
      // What it takes to publish is not what is measured.
      await disable(true);
      await publish(inTurn(replicas.servers, 0), eventsOf(round, count * deliveries));
      const before = sink.count();
      const first = sink.reached(before + 1);
      const all = sink.reached(before + count * deliveries);
      await disable(false);
      await first;
      const began = performance.now();
      await all;
      rates.push((count * deliveries * 1000) / (performance.now() - began));
    }
    return medianOf(rates.slice(warmUps));
  } finally {
    await replicas.end();
    await sink.close();
  }
}

async function openSlowSink() {
  let calls = 0;
  const waits = new Set<() => void>();
  const server = createServer((request, response) => {
    request.resume();
    calls++;
    for (const look of waits) look();
    setTimeout(() => response.end(), latency);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: () => calls,
    reached: (wanted: number) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (calls < wanted) return;
          waits.delete(look);
          resolve();
        };
        waits.add(look);
      }),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
