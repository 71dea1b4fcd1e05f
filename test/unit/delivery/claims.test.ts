/** What a worker does about its leases, a store that fails, and its stop. */
import { expect, test } from "vitest";
import { forwardClock } from "../../../src/clock.ts";
import type { WorkerParts } from "../../../src/delivery/worker.ts";
import { micros, nanoseconds } from "../../../src/domain/units.ts";
import { StoreError } from "../../../src/store/store.ts";
import { hang, openPlay, plainPolicy, type Reply } from "./play.ts";

type StorePart = WorkerParts["store"];

const outOfOrder = () => Promise.reject(new StoreError("unavailable", "for a test"));

/** Fails the first calls of a method. */
const failing = (method: keyof StorePart, times: number) => (store: StorePart) => {
  let left = times;
  return {
    ...store,
    [method]: (...given: unknown[]) =>
      left-- > 0 ? outOfOrder() : (store[method] as (...all: unknown[]) => unknown)(...given),
  };
};

/** A call that ends when the test says so. */
function heldCall() {
  const { promise, resolve } = Promise.withResolvers<Reply>();
  return { reply: () => promise, answer: resolve };
}

test("a call that takes long keeps its claim", async () => {
  const call = heldCall();
  let renewals = 0;
  const play = openPlay(call.reply, {
    clock: forwardClock(),
    limits: { lease: 60_000, drain: 5_000 },
    store: (store) => ({
      ...store,
      renewClaims(...given) {
        renewals++;
        return store.renewClaims(...given);
      },
    }),
  });
  play.target("slow");
  play.deliver("slow", 1);
  play.start();
  await play.until(() => renewals === 5);
  call.answer(200);
  await play.until(() => play.deliveries.all().every(({ state }) => state === "succeeded"));
  expect(play.calls).toHaveLength(1);
});

test("a call whose claim somebody else has is ended, and its result is not written", async () => {
  const play = openPlay(hang, {
    clock: forwardClock(),
    limits: { lease: 60_000 },
    store: (store) => ({ ...store, renewClaims: async () => [] }),
  });
  play.target("slow", { deliveryPolicy: undefined });
  const [id = ""] = play.deliver("slow", 1);
  play.start();
  await play.until(() => play.calls[0]?.signal?.aborted === true);
  expect(play.deliveries.delivery(id).log).toEqual([]);
});

test("a call that outlives its lease is one attempt under the claim that follows", async () => {
  const call = heldCall();
  const play = openPlay(call.reply, { limits: { lease: 30e6, drain: 5_000 } });
  play.target("slow");
  const [id = ""] = play.deliver("slow", 1);
  const claimedAgain = () => play.deliveries.fence(id) === 2;
  play.start();
  await play.until(() => play.calls.length === 1);
  play.pass(31);
  await play.until(claimedAgain);
  call.answer(200);
  await play.until(() => play.deliveries.delivery(id).delivery.state === "succeeded");
  expect(play.calls).toHaveLength(1);
  expect(play.deliveries.delivery(id).log).toHaveLength(1);
});

test("a result is written again until the store takes it, without another call", async () => {
  const play = openPlay(() => 200, {
    store: failing("finishAttempts", 2),
    limits: { drain: 5_000 },
  });
  play.target("shop");
  const [id = ""] = play.deliver("shop", 1);
  play.start();
  await play.until(() => play.deliveries.delivery(id).delivery.state === "succeeded");
  expect(play.calls).toHaveLength(1);
});

test("a result that cannot be written before the lease is over is left to the next claim", async () => {
  const play = openPlay(() => 200, {
    store: failing("finishAttempts", 1),
    limits: { lease: 1_000 },
  });
  play.target("shop");
  const [id = ""] = play.deliver("shop", 1);
  play.start();
  await play.until(() => play.logged.some(({ msg }) => msg === "the result of a delivery is lost"));
  play.pass(1);
  await play.until(() => play.deliveries.delivery(id).delivery.state === "succeeded");
  expect(play.calls.map(({ webhookId }) => webhookId)).toEqual([id, id]);
});

test.each(["claimDeliveries", "nextDue"] as const)("it goes on after %s failed", async (method) => {
  const play = openPlay(() => 200, { store: failing(method, 2) });
  play.target("shop");
  play.deliver("shop", 1);
  play.start();
  await play.until(() => play.deliveries.all().every(({ state }) => state === "succeeded"));
  await play.until(() => play.logged.some(({ msg }) => msg === "deliveries go on"));
  expect(play.logged.filter(({ level }) => level === "error")).toHaveLength(1);
});

test("the stop waits for calls under way, and claims nothing more", async () => {
  const call = heldCall();
  const play = openPlay(call.reply, { limits: { perTarget: 1, drain: 60_000 } });
  play.target("shop");
  const [first = "", second = ""] = play.deliver("shop", 2);
  const worker = play.start();
  await play.until(() => play.calls.length === 1);
  const stopped = worker.stop();
  call.answer(200);
  await stopped;
  expect(play.deliveries.delivery(first).delivery.state).toBe("succeeded");
  expect(play.deliveries.delivery(second).delivery.state).toBe("pending");
  expect(play.calls).toHaveLength(1);
});

test("the stop ends calls that go on for longer, and gives them back at no cost", async () => {
  const play = openPlay(hang, { limits: { drain: 0 } });
  play.target("shop");
  const [id = ""] = play.deliver("shop", 1);
  const worker = play.start();
  await play.until(() => play.calls.length === 1);
  await worker.stop();
  expect(play.deliveries.delivery(id)).toMatchObject({
    delivery: { state: "pending", attempts: 0, dueAt: play.now() },
    log: [],
  });
  expect(await play.deliveries.store.nextDue()).toBe(micros(play.now()));
});

test("a delivery that is due again at once is no twin of the attempt before", async () => {
  const tries = new Map<string, number>();
  const play = openPlay(({ webhookId }) => {
    const number = (tries.get(webhookId) ?? 0) + 1;
    tries.set(webhookId, number);
    return number < 3 ? 500 : 200;
  });
  const retryDelays = [0, 0].map(nanoseconds);
  play.target("shop", { deliveryPolicy: { ...plainPolicy, retryDelays } });
  const ids = play.deliver("shop", 2);
  play.start();
  await play.until(() => play.deliveries.all().every(({ state }) => state === "succeeded"));
  for (const id of ids) {
    expect(play.deliveries.delivery(id).log.map(({ number }) => number)).toEqual([1, 2, 3]);
  }
});
