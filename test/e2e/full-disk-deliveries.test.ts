/**
 * Deliveries where the server's files may not grow any more: accepting them, claiming them, and writing
 * what came of the calls. The limit is that of the process (RLIMIT_FSIZE).
 */
import { expect, onTestFinished, test } from "vitest";
import { workerLimits } from "../../src/delivery/worker.ts";
import { newDataDir } from "../support/process.ts";
import { type DeliveryProcess, startDeliveryProcess } from "./support/delivery-process.ts";
import { judgedType, openJudge } from "./support/judge.ts";
import { bindJudge, eventsOf, inFlight, pendingOf, publish } from "./support/torture.ts";

const { lease } = workerLimits;

/** Publishes ever smaller events until not even small ones are taken. Resolves with how many were. */
async function fill({ call }: DeliveryProcess): Promise<number> {
  let accepted = 0;
  for (let size = 64_000; size > 10; size = Math.floor(size / 2)) {
    for (let refused = 0; refused < 3; ) {
      const id = `filling-${accepted}`;
      const content = { id, aggregateId: id, type: "torture.went", aggregateType: judgedType };
      const event = { ...content, payload: { id, filling: "x".repeat(size) } };
      try {
        await call("targetd.v1.EventService/PublishEvents", { events: [event] });
        accepted++;
      } catch (error) {
        expect(String(error)).toContain("503");
        refused++;
      }
    }
  }
  return accepted;
}

test.each(["there is space again", "it was killed"] as const)(
  "what was accepted on a disk that filled up is delivered once %s",
  async (end) => {
    const judge = await openJudge();
    onTestFinished(() => judge.close());
    const dataDir = newDataDir();
    let server = await startDeliveryProcess({ dataDir, lease, inFlight, largestFile: 1_000 });
    onTestFinished(() => server.end());
    await bindJudge(server, judge);
    judge.hold();
    const events = eventsOf(0, 15);
    await publish(server, events);
    // No more than the connections to one receiver.
    await judge.reached(30);
    let accepted = events.length + (await fill(server));
    judge.release();
    // Meanwhile the results of the calls are refused as well.
    accepted += await fill(server);

    if (end === "it was killed") {
      await server.end();
      server = await startDeliveryProcess({ dataDir, lease, inFlight });
    } else {
      await server.liftLimit();
    }
    const last = eventsOf(1, 20);
    expect(await publish(server, last)).toBe(last.length);
    const all = 2 * (accepted + last.length);
    await judge.complete(all);
    expect(await pendingOf(server)).toBe(0);
    expect(judge.arrivals.size).toBe(all);
    const twice = [...judge.arrivals.values()].filter(({ webhookIds }) => webhookIds.length > 1);
    expect(twice.length).toBeLessThanOrEqual(end === "it was killed" ? inFlight : 0);
    for (const { webhookIds } of twice) expect(new Set(webhookIds).size).toBe(1);
  },
);
