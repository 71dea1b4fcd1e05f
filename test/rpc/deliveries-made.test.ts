/** Deliveries that are made: what their targets answer, what the log tells, and what people do then. */
import { setImmediate as turn } from "node:timers/promises";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { describe, expect, test } from "vitest";
import { ResourceType } from "../../gen/targetd/v1/audit_service_pb.ts";
import {
  DeliveryState,
  type GetDeliveryResponse,
} from "../../gen/targetd/v1/delivery_service_pb.ts";
import { textPageToken } from "../../src/rpc/page-token.ts";
import { type Answerer, hang, openHook, replying } from "../support/hook.ts";
import { anyEvent, bindGroup, newPublisher } from "./support/deliveries.ts";
import { anyTarget, comes, iamDoors as doors, type iamDoors, invalid } from "./support/iam.ts";
import { useServer } from "./support/server.ts";

// The worker looks only when it is told to: each of these calls must tell it.
const server = useServer({}, { dev: true, deliveryLimits: { idle: 3_600_000 } });
const { PENDING, SUCCEEDED, FAILED, CANCELLED } = DeliveryState;

/** The owner of an instance whose events go to a hook. */
async function newShop(answer: Answerer, door: (typeof iamDoors)[number] = "gRPC") {
  const publisher = await newPublisher(server, door);
  const hook = await openHook(answer);
  const { id: target } = await publisher.targets.createTarget({
    ...{ ...anyTarget(), endpoint: hook.url, headers: { "x-shop": "not for the log" } },
    deliveryPolicy: { clientErrorsFinal: true },
  });
  await bindGroup(publisher, "shop", [target]);
  const { deliveries } = publisher;
  /** Waits until a delivery is as it should be. */
  const when = async (
    id: string,
    isSo: (found: GetDeliveryResponse) => boolean,
  ): Promise<GetDeliveryResponse> => {
    for (;;) {
      const found = await deliveries.getDelivery({ id });
      if (isSo(found)) return found;
    }
  };
  const whenState = (id: string, state: DeliveryState) =>
    when(id, ({ delivery }) => delivery?.state === state);
  return { ...publisher, hook, target, when, whenState };
}

describe.each(doors)("over %s", (door) => {
  test("a delivery that succeeds has the call in its log, without secrets", async () => {
    const answer = { status: 202, headers: { "x-answer": "yes" }, body: "thank you" };
    const { publish, whenState, hook } = await newShop(replying(answer), door);
    const [id = ""] = await publish();
    const { delivery, log, context } = await whenState(id, SUCCEEDED);
    expect(delivery?.attempts).toBe(1);
    expect([delivery?.dueDate, delivery?.finishDate]).toEqual([undefined, expect.anything()]);
    expect(hook.last().body.toString()).toBe(context);
    expect(hook.last().headers).toMatchObject({ "webhook-id": id, "x-shop": "not for the log" });
    expect(log).toHaveLength(1);
    expect(log[0]).toMatchObject({
      ...{ number: 1, stage: "", timedOut: false, httpStatus: 202, error: "" },
      address: new URL(hook.url).host,
      requestHeaders: { "webhook-id": id, "x-shop": "[secret]" },
      responseHeaders: { "x-answer": "yes" },
    });
    expect(Buffer.from(log[0]?.responseBody ?? []).toString()).toBe("thank you");
    expect(JSON.stringify(log[0]?.requestHeaders)).not.toContain("sha256");
  });

  test("one that fails for good says why, and is replayed under the same id", async () => {
    const gone = replying({ status: 404, body: "no such shop" });
    const { publish, whenState, hook, deliveries, target } = await newShop(gone, door);
    const [id = ""] = await publish();
    const failed = await whenState(id, FAILED);
    expect(failed.log).toHaveLength(1);
    expect(failed.log[0]).toMatchObject({ number: 1, stage: "status", httpStatus: 404 });
    expect(failed.log[0]?.error).not.toBe("");
    const listed = await deliveries.listDeliveries({ targetId: target, state: FAILED });
    expect(listed.deliveries.map((delivery) => delivery.id)).toEqual([id]);

    hook.answer(replying({}));
    const which = { case: "id", value: id } as const;
    expect(await deliveries.replayDeliveries({ which })).toMatchObject({ replayed: 1 });
    const { delivery, log } = await whenState(id, SUCCEEDED);
    expect(delivery?.attempts).toBe(1);
    expect(log.map(({ number, httpStatus }) => [number, httpStatus])).toEqual([
      [1, 404],
      [1, 200],
    ]);
    expect(hook.hits.map(({ headers }) => headers["webhook-id"])).toEqual([id, id]);
  });

  test("one that waits for its next attempt is retried at once", async () => {
    const { publish, when, whenState, hook, deliveries } = await newShop(
      replying({ status: 503 }),
      door,
    );
    const [id = ""] = await publish();
    const waiting = await when(id, ({ log }) => log.length === 1);
    expect(waiting.delivery).toMatchObject({ state: PENDING, attempts: 1 });
    expect(waiting.delivery?.dueDate).toBeDefined();
    hook.answer(replying({ status: 204 }));
    expect((await deliveries.retryDelivery({ id })).delivery?.state).toBe(PENDING);
    const { log } = await whenState(id, SUCCEEDED);
    expect(log.map(({ number, httpStatus }) => [number, httpStatus])).toEqual([
      [1, 503],
      [2, 204],
    ]);
  });

  test("one whose call is under way is cancelled, and its answer no longer counts", async () => {
    const answered = Promise.withResolvers<undefined>();
    const called = Promise.withResolvers<void>();
    const { publish, deliveries } = await newShop(() => {
      called.resolve();
      return answered.promise;
    }, door);
    const [id = ""] = await publish();
    await called.promise;
    expect((await deliveries.cancelDelivery({ id })).delivery?.state).toBe(CANCELLED);
    answered.resolve(undefined);
    // The next delivery is made after that.
    const [next = ""] = await publish();
    while ((await deliveries.getDelivery({ id: next })).delivery?.state !== SUCCEEDED);
    const { delivery, log } = await deliveries.getDelivery({ id });
    expect([delivery?.state, delivery?.attempts, log]).toEqual([CANCELLED, 0, []]);
  });
});

test("410 disables the target, and what follows waits", async () => {
  const { publish, whenState, targets, target, hook, deliveries } = await newShop(
    replying({ status: 410 }),
  );
  const [id = ""] = await publish();
  await whenState(id, FAILED);
  expect((await targets.getTarget({ id: target })).target?.disabled).toBe(true);
  const [next = ""] = await publish();
  hook.answer(replying({}));
  expect((await deliveries.getDelivery({ id: next })).delivery?.state).toBe(PENDING);
  await targets.updateTarget({ id: target, disabled: false });
  await whenState(next, SUCCEEDED);
  expect(hook.hits).toHaveLength(2);
});

test("a call that hangs ends with the time limit of the target, and the log says so", async () => {
  const { publish, when, targets, target } = await newShop(hang);
  await targets.updateTarget({ id: target, timeout: { nanos: 50_000_000 } });
  const [id = ""] = await publish();
  const { log } = await when(id, (found) => found.log.length === 1);
  expect(log[0]).toMatchObject({ stage: "headers", timedOut: true, httpStatus: 0 });
});

test("more are replayed than fit into one step, each step with an entry in the audit", async () => {
  const { events, deliveries, audit, targets, target, hook } = await newShop(replying({}));
  await targets.updateTarget({ id: target, deliveryPolicy: { maxConcurrency: 32 } });
  const count = 1_010;
  for (const size of [1_000, count - 1_000]) {
    await events.publishEvents({ events: Array.from({ length: size }, () => anyEvent()) });
  }
  while (hook.hits.length < count) await turn();
  const pending = { eventType: "shop.paid", state: PENDING, pageSize: 1 };
  while ((await deliveries.listDeliveries(pending)).deliveries.length > 0);
  await targets.updateTarget({ id: target, disabled: true });
  const value = { since: timestampFromMs(0), all: true };
  const which = { case: "filter", value } as const;
  expect(await deliveries.replayDeliveries({ which })).toMatchObject({
    replayed: count,
    ...{ more: false, nextPageToken: "" },
  });
  const elsewhere = { ...value, targetId: "other", pageToken: textPageToken("1 a.b", []) };
  const replaying = deliveries.replayDeliveries({ which: { case: "filter", value: elsewhere } });
  expect(await comes(replaying)).toBe(invalid("filter.page_token"));
  const { changes } = await audit.listChanges({ resourceType: ResourceType.DELIVERY });
  expect(changes.map(({ action }) => action)).toEqual(["replayed", "replayed"]);
});
