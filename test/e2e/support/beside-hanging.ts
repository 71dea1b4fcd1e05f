/** A target that answers at once beside one that never does, counted by the receiver. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { workerLimits } from "../../../src/delivery/worker.ts";
import { startDeliveryProcess } from "./delivery-process.ts";
import { hangingPath, openJudge } from "./judge.ts";
import { eventsOf, inFlight, publish } from "./torture.ts";

/** Calls to a target that are under way at the same time when its policy says nothing else. */
export const hangingCalls = 10;

export interface CallCounts {
  readonly fast: number;
  readonly hanging: number;
}

/**
 * Publishes events to both.
 *
 * @param deliveries to each of them
 * @returns the calls to each when there were as many as there may be
 */
export async function besideHanging(deliveries: number): Promise<CallCounts> {
  const folder = await mkdtemp(join(tmpdir(), "targetd-fair-"));
  const judge = await openJudge();
  const { lease } = workerLimits;
  const server = await startDeliveryProcess({ dataDir: join(folder, "data"), lease, inFlight });
  try {
    const action = "zitadel.action.v2.ActionService";
    const targets: unknown[] = [];
    for (const path of [hangingPath, "/fast"]) {
      const target = { name: path, restWebhook: {}, timeout: "270s", endpoint: judge.url + path };
      targets.push((await server.call(`${action}/CreateTarget`, target)).id);
    }
    // No more than these: the server's own events would take calls of both.
    const condition = { event: { event: "torture.went" } };
    const eventTypes = [condition.event.event];
    await server.call("targetd.v1.CatalogService/SetEventTypes", { eventTypes });
    await server.call(`${action}/SetExecution`, { condition, targets });
    for (let round = 0; round * 1_000 < deliveries; round++) {
      await publish(server, eventsOf(round, Math.min(1_000, deliveries - round * 1_000)));
    }
    await judge.reached(deliveries + hangingCalls);
    const calls = (path: string) =>
      [...judge.arrivals]
        .filter(([place]) => place.startsWith(`${path} `))
        .reduce((sum, [, { webhookIds }]) => sum + webhookIds.length, 0);
    return { fast: calls("/fast"), hanging: calls(hangingPath) };
  } finally {
    await server.end();
    await judge.close();
    await rm(folder, { recursive: true, force: true });
  }
}
