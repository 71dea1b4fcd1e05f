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

test("no more calls are under way than the limit says", async () => {
  const play = openPlay(hang, { limits: { inFlight: 10, perTarget: 4 } });
  for (const id of ["a", "b", "c", "d"]) {
    play.target(id);
    play.deliver(id, 20);
  }
  play.start();
  await play.until(() => play.underWay() === 10);
  play.pass(1);
  for (let turn = 0; turn < 100; turn++) await play.until(() => true);
  expect(play.calls).toHaveLength(10);
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

test("a call that waited for a limit is made with the settings of then", async () => {
  const play = openPlay(() => 200);
  const deliveryPolicy = { ...plainPolicy, maxPerSecond: 1 };
  play.target("slow", { deliveryPolicy });
  play.deliver("slow", 3);
  play.start();
  await play.until(() => play.calls.length === 1);
  play.target("slow", { deliveryPolicy, endpoint: "https://new.example" });
  play.pass(1);
  await play.until(() => play.calls.length === 2);
  expect(play.calls[1]?.callee.target.settings.endpoint).toBe("https://new.example");
  play.target("slow", { deliveryPolicy, disabled: true });
  play.pass(1);
  const givenBack = () => play.deliveries.all().some(({ dueAt = 0 }) => dueAt > play.now());
  await play.until(givenBack);
  expect(play.calls).toHaveLength(2);
  expect(play.deliveries.all().filter(({ state }) => state === "pending")).toHaveLength(1);
});

test("410 of an endpoint that is being replaced does not disable the target, and the new one is called", async () => {
  const play = openPlay(({ callee }) => {
    if (callee.target.settings.endpoint === endpoint) return 200;
    play.target("moved", { endpoint });
    return 410;
  });
  const endpoint = "https://new.example.com/hook";
  play.target("moved");
  const [id = ""] = play.deliver("moved", 1);
  play.start();
  await play.until(() => play.deliveries.delivery(id).delivery.attempts === 1);
  await play.passToNext();
  await play.until(() => play.deliveries.delivery(id).delivery.state === "succeeded");
  expect(play.deliveries.queue(targetId("moved")).disabled).toBeUndefined();
  expect(play.deliveries.delivery(id).log.map(({ httpStatus }) => httpStatus)).toEqual([410, 200]);
});

test("a rate limit spreads the calls over time and costs no attempt", async () => {
  const play = openPlay(() => 200, { limits: { perTarget: 20 } });
  play.target("slow", { deliveryPolicy: { ...plainPolicy, maxPerSecond: 5 } });
  play.deliver("slow", 20);
  play.start();
  await play.until(() => play.calls.length === 1);
  for (const calls of [6, 11, 16]) {
    play.pass(1);
    await play.until(() => play.calls.length === calls);
  }
  play.pass(1);
  await play.until(() => play.deliveries.all().every(({ state }) => state === "succeeded"));
  expect(play.deliveries.all().every(({ attempts }) => attempts === 1)).toBe(true);
});
