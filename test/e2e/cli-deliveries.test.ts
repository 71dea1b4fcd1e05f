/** Events and their deliveries from the command line, against the real server. */
import type { JsonObject } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { hang, openHook, replying } from "../support/hook.ts";
import { runNode, sharedProcess } from "../support/process.ts";

const server = sharedProcess({ TARGETD_EGRESS_ALLOW: "127.0.0.0/8" });

/** Runs a command that must succeed; what it printed. */
async function done(...args: readonly string[]): Promise<string> {
  const { url, dataDir } = server();
  const env = { TARGETD_ADDRESS: url, TARGETD_DATA_DIR: dataDir };
  const { code, out, err } = await runNode(["src/main.ts", ...args], env);
  expect([args, code, err]).toEqual([args, exitCodes.ok, expect.not.stringMatching(/^error/m)]);
  return out;
}

async function json(...args: readonly string[]): Promise<JsonObject> {
  return JSON.parse(await done(...args, "--json"));
}

/** A target whose failed deliveries wait for an hour. */
async function newTarget(endpoint: string): Promise<string> {
  const deliveryPolicy = { retryDelays: ["3600s"] };
  const { url, token } = server();
  const response = await fetch(`${url}/v2/actions/targets`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({
      name: "shop",
      restWebhook: {},
      timeout: "60s",
      endpoint,
      deliveryPolicy,
    }),
  });
  return ((await response.json()) as { id: string }).id;
}

/** Publishes an event; the id of its delivery. */
async function publish(type: string, payload: object): Promise<string> {
  const text = JSON.stringify(payload);
  const event = (await done("event", "publish", type, "4711", "--payload", text)).trim();
  const { deliveries } = await json("deliveries", "list", "--event-type", type);
  const found = (deliveries as JsonObject[]).find(({ eventId }) => eventId === event);
  return String(found?.id);
}

/** Shows a delivery once it says so. */
async function shown(id: string, state: RegExp): Promise<string> {
  for (;;) {
    const text = await done("deliveries", "show", id);
    if (state.test(text)) return text;
  }
}

test("an event is published, its delivery fails, is retried, replayed and cancelled", async () => {
  const hook = await openHook(replying({ status: 503, body: "not yet" }));
  const target = await newTarget(hook.url);
  await done("catalog", "events", "order.paid");
  await done("execution", "set", "event/order.*", target);

  const id = await publish("order.paid", { sum: 12.5 });
  const failed = await shown(id, /^attempt 1 /m);
  expect(failed).toMatch(/^state +pending$/m);
  expect(failed).toMatch(/^attempt 1 at .*: failed \(status\)\n.*503/m);
  expect(failed).toMatch(/ status 503, from 127\.0\.0\.1:\d+, in /);
  expect(failed).toContain('"event_payload":{"sum":12.5}');

  hook.answer(replying({ body: "thank you" }));
  await done("deliveries", "retry", id);
  const made = await shown(id, /^state +succeeded$/m);
  expect(made).toMatch(/^attempt 2 at .*: succeeded\n {2}status 200, from /m);
  expect(await json("deliveries", "show", id)).toMatchObject({
    delivery: { id, state: "DELIVERY_STATE_SUCCEEDED", attempts: 2 },
    log: [
      { number: 1, stage: "status", httpStatus: 503 },
      { number: 2, httpStatus: 200, responseBody: Buffer.from("thank you").toString("base64") },
    ],
  });
  const listed = await done("deliveries", "list", "--state", "succeeded", "--target", target);
  expect(listed).toMatch(new RegExp(`^${id} +succeeded +2 `, "m"));

  hook.answer(hang);
  await done("deliveries", "replay", id);
  while (hook.hits.length < 3) await done("deliveries", "list");
  expect(hook.hits.map(({ headers }) => headers["webhook-id"])).toEqual([id, id, id]);
  await done("deliveries", "cancel", id);
  expect(await done("deliveries", "show", id)).toMatch(/^state +cancelled$/m);
  const changes = await done("history", "--type", "delivery");
  for (const action of ["retried", "replayed", "cancelled"]) expect(changes).toContain(action);
});
