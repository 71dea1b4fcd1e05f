/** Targets that answer events with events: each call passes the depth on, so it comes to an end. */
import { expect, test } from "vitest";
import { openHook } from "../support/hook.ts";
import { anyEvent } from "./support/deliveries.ts";
import { comes } from "./support/iam.ts";
import { shortly } from "./support/play.ts";
import { useServer } from "./support/server.ts";
import { newTenant } from "./support/tenant.ts";

const server = useServer({}, { dev: true });
const tooDeep = "FAILED_PRECONDITION TARGETD-TOO-DEEP";
const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/** Waits for the last line, and gives all. */
async function ended(lines: readonly string[]): Promise<readonly string[]> {
  await expect.poll(() => lines.at(-1), { timeout: 20_000 }).toContain(tooDeep);
  return lines;
}

test("a target that publishes an event for each event is stopped", async () => {
  const tenant = await newTenant(server);
  await tenant.catalog.setEventTypes({ eventTypes: ["shop.paid"] });
  const lines: string[] = [];
  const hook = await openHook(async ({ headers }) => {
    const passed = { "targetd-depth": String(headers["targetd-depth"]), traceparent };
    const next = tenant.events.publishEvents({ events: [anyEvent()] }, { headers: passed });
    lines.push(`${headers["targetd-depth"]} ${headers.traceparent}: ${await comes(next)}`);
    return {};
  });
  const all = { event: { event: "shop.paid" } };
  await tenant.bind(all, await tenant.target(hook.url));
  const first = await tenant.events.publishEvents({ events: [anyEvent()] });
  expect(first.deliveries).toEqual([1]);
  expect(await ended(lines)).toEqual([
    "1 undefined: OK",
    `2 ${traceparent}: OK`,
    `3 ${traceparent}: OK`,
    `4 ${traceparent}: ${tooDeep}`,
  ]);
});

test("a target that changes itself for each of its changes is stopped", async () => {
  const tenant = await newTenant(server);
  const lines: string[] = [];
  const hook = await openHook(async ({ headers, json }) => {
    const depth = String(headers["targetd-depth"]);
    // The next call may be here before this one is answered, so the change goes by the depth.
    const change = { id: String(json.aggregateID), timeout: `${depth}s` };
    const answer = await tenant.call("UpdateTarget", change, {
      headers: { "targetd-depth": depth },
    });
    lines.push(`${depth}: ${shortly(answer)}`);
    return {};
  });
  const { id } = await tenant.target(hook.url);
  await tenant.bind({ event: { event: "target.changed" } }, id);
  await tenant.must("UpdateTarget", { id, timeout: "9s" });
  await expect.poll(() => lines, { timeout: 20_000 }).toHaveLength(4);
  expect(lines.toSorted()).toEqual(["1: OK", "2: OK", "3: OK", `4: ${tooDeep}`]);
  const { target } = await tenant.must("GetTarget", { id });
  expect(target).toMatchObject({ timeout: "3s" });
});

test.each([
  ["4", tooDeep],
  ["x", "INVALID_ARGUMENT TARGETD-MALFORMED"],
])(
  "an event of depth %s is refused where somebody waits for it, and only there",
  async (depth, error) => {
    const tenant = await newTenant(server);
    const hook = await openHook();
    const headers = { "targetd-depth": depth };
    const event = anyEvent();
    const publish = () => tenant.events.publishEvents({ events: [event, anyEvent()] }, { headers });
    expect(await comes(publish())).toBe("OK");
    await tenant.catalog.setEventTypes({ eventTypes: ["shop.paid"] });
    await tenant.bind({ event: { all: true } }, await tenant.target(hook.url));
    expect(await comes(publish())).toBe(error);
    const { deliveries } = await tenant.deliveries.listDeliveries({ eventType: "shop.paid" });
    expect(deliveries).toEqual([]);
  },
);
