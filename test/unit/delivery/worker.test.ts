import { expect, test } from "vitest";
import { nanoseconds, targetId } from "../../../src/domain/units.ts";
import { hang, openPlay, plainPolicy } from "./play.ts";

test("a receiver that is down for the whole backoff gets everything in the end, in order where asked", async () => {
  let isUp = false;
  const arrived: string[] = [];
  const play = openPlay(({ webhookId }) => {
    if (isUp) arrived.push(webhookId);
    return isUp ? 200 : 503;
  });
  play.target("ordered", { ordered: true });
  play.target("loose");
  const lines = ["a", "b"].map((key) => play.deliver("ordered", 10, key));
  const loose = play.deliver("loose", 5);
  play.start();
  const states = () => play.deliveries.all().map(({ state }) => state);
  const isIdle = () =>
    play.deliveries
      .all()
      .every(({ state, dueAt = Infinity }) => state !== "pending" || dueAt > play.now());
  do {
    const tried = play.calls.length;
    await play.until(() => (play.calls.length > tried || isIdle()) && play.underWay() === 0);
    isUp ||= play.deliveries.all().some(({ attempts }) => attempts === 7);
  } while (states().includes("pending") && (await play.passToNext()));
  expect(new Set(states())).toEqual(new Set(["succeeded"]));
  expect(arrived.toSorted()).toEqual([...lines.flat(), ...loose].toSorted());
  for (const line of lines) expect(arrived.filter((id) => line.includes(id))).toEqual(line);
});

test("a target that hangs holds only its own calls while another gets 1,000", async () => {
  const play = openPlay(({ callee }) => (callee.target.id === "hanging" ? hang() : 200), {
    limits: { inFlight: 64, perTarget: 16 },
  });
  play.target("hanging");
  play.target("fast");
  play.deliver("hanging", 100);
  const fast = play.deliver("fast", 1_000);
  play.start();
  await play.until(() => play.triedAt("fast").length === 1_000);
  expect(play.triedAt("fast").toSorted()).toEqual(fast);
  expect(play.triedAt("hanging")).toHaveLength(16);
});

test("of all calls an instance has half, and what one claim takes beyond", async () => {
  const play = openPlay(hang, { limits: { inFlight: 12, perTarget: 2 } });
  for (const id of ["a", "b", "c", "d"]) {
    play.target(id);
    play.deliver(id, 20);
  }
  play.start();
  await play.until(() => play.underWay() >= 6);
  for (let turn = 0; turn < 10; turn++) {
    play.pass(1);
    await new Promise((resolve) => setTimeout(resolve));
  }
  expect(play.calls.length).toBeLessThanOrEqual(6 + 3);
});

test("a target that fails is left alone until its breaker lets one call through", async () => {
  let status = 500;
  const play = openPlay(() => status, { limits: { perTarget: 5 } });
  play.target("shop", { deliveryPolicy: { ...plainPolicy, retryDelays: [nanoseconds(0)] } });
  const ids = play.deliver("shop", 100);
  play.start();
  const breaker = () => play.deliveries.queue(targetId("shop")).breaker;
  await play.until(() => breaker().state === "open" && play.underWay() === 0);
  const before = play.calls.length;
  expect(before).toBeLessThan(20);
  play.pass(1);
  status = 200;
  await play.passToNext();
  await play.until(() => play.deliveries.all().every(({ state }) => state !== "pending"));
  expect(breaker().state).toBe("closed");
  expect(new Set(play.triedAt("shop"))).toEqual(new Set(ids));
});

test("a call that got none of the connections to its origin costs no attempt", async () => {
  let reply: number | "queued" = "queued";
  const play = openPlay(() => reply);
  play.target("shop");
  const [id = ""] = play.deliver("shop", 1);
  play.start();
  const { delivery } = play.deliveries;
  await play.until(() => (delivery(id).delivery.dueAt ?? 0) > play.now());
  expect(delivery(id)).toMatchObject({ delivery: { attempts: 0 }, log: [] });
  reply = 200;
  play.pass(1);
  await play.until(() => delivery(id).delivery.state === "succeeded");
  expect(delivery(id).delivery.attempts).toBe(1);
});

test("410 disables the target, and what is queued waits", async () => {
  const play = openPlay(() => 410, { limits: { perTarget: 1 } });
  play.target("gone");
  play.deliver("gone", 5);
  play.start();
  await play.until(() => play.deliveries.queue(targetId("gone")).disabled === "gone");
  play.pass(3600);
  expect(play.calls).toHaveLength(1);
  expect(play.deliveries.all().filter(({ state }) => state === "pending")).toHaveLength(4);
  expect(play.logged).toContainEqual(
    expect.objectContaining({ attempt: 1, httpStatus: 410, disable: "gone", stage: "status" }),
  );
});

test("a rate limit spreads the calls over time and costs no attempt", async () => {
  const play = openPlay(() => 200);
  const policy = { ...plainPolicy, maxConcurrency: 1000 };
  play.target("slow", { deliveryPolicy: { ...policy, maxPerSecond: 5 } });
  play.target("fast", { deliveryPolicy: { ...policy, maxPerSecond: 1000 } });
  play.deliver("slow", 10);
  play.deliver("fast", 300);
  play.start();
  const made = (target: string) => play.triedAt(target).length;
  await play.until(() => made("slow") === 1 && made("fast") === 100);
  for (const [tenths, count] of [
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 3],
  ] as const) {
    play.pass(0.1);
    await play.until(() => made("fast") === Math.min(300, 100 * (tenths + 1)));
    await play.until(() => made("slow") >= count);
    expect(made("slow")).toBe(count);
  }
  expect(play.deliveries.all().every(({ attempts }) => attempts <= 1)).toBe(true);
});

test("targets with a rate do not take it from one another", async () => {
  const play = openPlay(() => 200);
  const ids = Array.from({ length: 40 }, (_, index) => `target${index}`);
  for (const id of ids) {
    play.target(id, { deliveryPolicy: { ...plainPolicy, maxPerSecond: 1 } });
    play.deliver(id, 20);
  }
  play.start();
  for (let seconds = 1; seconds <= 20; seconds++) {
    await play.until(() => ids.every((id) => play.triedAt(id).length === seconds));
    play.pass(1);
  }
});

test("targets that hang leave places to others of their instance, and calls end", async () => {
  const play = openPlay(({ callee }) => (callee.target.id === "fast" ? 200 : hang()), {
    limits: { inFlight: 16 },
  });
  const deliveryPolicy = { ...plainPolicy, maxConcurrency: 1000 };
  for (const id of ["hanging", "rated"]) play.deliver(known(id), 100);
  play.target("fast");
  play.start();
  await play.until(() => play.triedAt("hanging").length === 4);
  const ids = play.deliver("fast", 20);
  await play.until(() => play.triedAt("fast").length === ids.length);
  expect(play.triedAt("hanging")).toHaveLength(4);
  expect(play.triedAt("rated")).toHaveLength(1);

  function known(id: string): string {
    const maxPerSecond = id === "rated" ? 1 : 0;
    play.target(id, { deliveryPolicy: { ...deliveryPolicy, maxPerSecond } });
    return id;
  }
});

test("while all places are taken the worker leaves the event loop to others", async () => {
  const play = openPlay(hang, { limits: { inFlight: 4 } });
  for (const id of ["a", "b", "c", "d"]) {
    play.target(id, { deliveryPolicy: { ...plainPolicy, maxPerSecond: 1 } });
    play.deliver(id, 5);
  }
  const worker = play.start();
  await play.until(() => play.underWay() > 0);
  for (let turn = 0; turn < 20; turn++) {
    play.pass(5);
    worker.wake();
    await new Promise((resolve) => setTimeout(resolve));
  }
  expect(play.underWay()).toBeLessThanOrEqual(4);
});
