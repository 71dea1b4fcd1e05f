/** Quotas over the wire: what is refused, what the caller is told, and what passes all the same. */
import { Code, ConnectError } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ErrorInfoSchema, RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { anyEvent, bindGroup, newPublisher, type Publisher } from "./support/deliveries.ts";
import { anyTarget } from "./support/iam.ts";
import { useServer } from "./support/server.ts";

const server = useServer({
  TARGETD_QUOTA_TARGETS: "3",
  TARGETD_QUOTA_EXECUTIONS: "2",
  TARGETD_QUOTA_QUEUED_DELIVERIES: "4",
  TARGETD_QUOTA_EVENTS_PER_SECOND: "1",
});

/** What a refused call tells. */
async function refusal(call: Promise<unknown>) {
  const thrown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(thrown instanceof ConnectError)) throw new Error("the call was not refused");
  const [info] = thrown.findDetails(ErrorInfoSchema);
  const [retry] = thrown.findDetails(RetryInfoSchema);
  return {
    code: Code[thrown.code],
    reason: info?.reason,
    ...info?.metadata,
    retryAfter: thrown.metadata.get("retry-after"),
    retryDelay: retry?.retryDelay?.seconds,
  };
}

const exceeded = (quota: string, limit: number, retryAfter: number | null = null) => ({
  ...{ code: "ResourceExhausted", reason: "QUOTA_EXCEEDED", quota, limit: String(limit) },
  setting: `TARGETD_QUOTA_${quota.toUpperCase()}`,
  retryAfter: retryAfter === null ? null : String(retryAfter),
  retryDelay: retryAfter === null ? undefined : BigInt(retryAfter),
});

const publishMany = (caller: Publisher, count: number) =>
  caller.events.publishEvents({ events: Array.from({ length: count }, () => anyEvent()) });

test("targets", async () => {
  const caller = await newPublisher(server);
  const create = (more = {}) => caller.targets.createTarget({ ...anyTarget(), ...more });
  await create();
  const request = { ...anyTarget(), requestId: crypto.randomUUID() };
  const created = await caller.targets.createTarget(request);
  expect(await refusal(create())).toEqual(exceeded("targets", 3));
  expect(await refusal(create({ validateOnly: true }))).toEqual(exceeded("targets", 3));
  expect(await caller.targets.createTarget(request)).toEqual(created);
  await caller.targets.deleteTarget({ id: created.id });
  await create();
});

test("executions", async () => {
  const caller = await newPublisher(server);
  await bindGroup(caller, "user", [caller.target]);
  const all = {
    conditionType: { case: "request", value: { condition: { case: "all", value: true } } },
  } as const;
  const set = () => caller.targets.setExecution({ condition: all, targets: [caller.target] });
  expect(await refusal(set())).toEqual(exceeded("executions", 2));
  await bindGroup(caller, "shop", [caller.target]);
  await bindGroup(caller, "user", []);
  await set();
  await set();
});

test("queued deliveries: events", async () => {
  const caller = await newPublisher(server);
  const events = Array.from({ length: 4 }, () => anyEvent());
  await caller.events.publishEvents({ events });
  const full = exceeded("queued_deliveries", 4, 10);
  expect(await refusal(publishMany(caller, 1))).toEqual(full);
  // Repeats, and events that nobody hears of, add nothing.
  await caller.events.publishEvents({ events });
  await caller.events.publishEvents({ events: [anyEvent({ type: "other.type" })] });
  const { deliveries } = await caller.deliveries.listDeliveries({});
  expect(deliveries).toHaveLength(4);
  const id = deliveries[0]?.id ?? "";
  await caller.deliveries.cancelDelivery({ id });
  await publishMany(caller, 1);
  const which = { case: "id", value: id } as const;
  expect(await refusal(caller.deliveries.replayDeliveries({ which }))).toEqual(full);
});

test("queued deliveries: a change of a target is made, and its event kept", async () => {
  const caller = await newPublisher(server);
  await bindGroup(caller, "target", [caller.target]);
  await publishMany(caller, 4);
  await caller.targets.updateTarget({ id: caller.target, name: "changed all the same" });
  const { deliveries } = await caller.deliveries.listDeliveries({});
  expect(deliveries.map(({ eventType }) => eventType)).toContain("target.changed");
  expect(deliveries).toHaveLength(5);
});

test("events per second: the largest call passes, the next is told when to come again", async () => {
  const caller = await newPublisher(server);
  const unheard = (count: number) =>
    Array.from({ length: count }, () => anyEvent({ type: "other.type" }));
  const events = unheard(1000);
  await caller.events.publishEvents({ events });
  const refused = await refusal(caller.events.publishEvents({ events: unheard(30) }));
  expect(refused).toMatchObject({ quota: "events_per_second", limit: "1" });
  expect(Number(refused.retryAfter)).toBeGreaterThan(0);
  expect(Number(refused.retryAfter)).toBeLessThanOrEqual(30);
  expect(refused.retryDelay).toBe(BigInt(refused.retryAfter ?? ""));
  // What was published is not refused, however little is left.
  await caller.events.publishEvents({ events });
  const another = await newPublisher(server);
  await another.events.publishEvents({ events: unheard(1000) });
});

test("the answer has the status and the header of HTTP", async () => {
  const caller = await newPublisher(server);
  await publishMany(caller, 4);
  const response = await fetch(`${server.app.url}/targetd.v1.EventService/PublishEvents`, {
    method: "POST",
    headers: { authorization: `Bearer ${caller.token}`, "content-type": "application/json" },
    body: JSON.stringify({ events: [{ id: "e", type: "shop.paid", aggregateId: "1" }] }),
  });
  expect([response.status, response.headers.get("retry-after")]).toEqual([429, "10"]);
});

describe("a target that nobody waits for, with a full queue", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp({ env: { TARGETD_QUOTA_QUEUED_DELIVERIES: "1" } });
  });
  afterAll(() => app.stop());

  const call = async (path: string, body: object, method = "POST") => {
    const response = await fetch(`${app.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${app.tokens.owner}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const message = (await response.json()) as Record<string, unknown>;
    return { status: response.status, warning: response.headers.get("targetd-warning"), message };
  };

  test("fails with a warning, and the call is answered", async () => {
    const target = { name: "async", endpoint: "https://example.com", timeout: "1s", restAsync: {} };
    const { message } = await call("/v2/actions/targets", target);
    const id = String(message.id);
    const condition = { request: { method: "/zitadel.action.v2.ActionService/UpdateTarget" } };
    await call("/v2/actions/executions", { condition, targets: [id] }, "PUT");
    const rename = (name: string) => call(`/v2/actions/targets/${id}`, { name });
    const [first, second] = [await rename("one"), await rename("two")];
    expect([first.status, first.warning]).toEqual([200, null]);
    expect([second.status, second.warning]).toEqual([200, `${id};queue`]);
  });
});
