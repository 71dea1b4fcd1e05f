/** What an instance may have at most, at the limit and beyond. */
import { expect, test } from "vitest";
import { conditionId, eventCandidates } from "../../../src/domain/condition.ts";
import { type InstanceId, targetId } from "../../../src/domain/units.ts";
import type { PublishOptions } from "../../../src/store/delivery-store.ts";
import type { Store } from "../../../src/store/store.ts";
import {
  claim,
  deciding,
  finish,
  listed,
  listenWith,
  makeDelivery,
  makeEvent,
  manyEvents,
  publish,
  retryAt,
  seconds,
  statesOf,
} from "./delivery-fixtures.ts";
import { listing } from "./execution-fixtures.ts";
import {
  addInstance,
  by,
  changesOf,
  createAll,
  done,
  listIds,
  makeTarget,
  one,
  pruneAll,
  replay,
  setting,
  start,
  storeError,
  two,
} from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

const exceeded = storeError("quota-exceeded");
const full = storeError("queue-full");

const add = (store: Store, id: string, mostTargets: number, instance = one) =>
  store.createTarget(instance, makeTarget(id), { ...by, mostTargets });

const publishAtMost = (
  store: Store,
  ids: readonly string[],
  most: Pick<PublishOptions, "mostNew" | "mostDeliveries" | "mostPending">,
) =>
  store.publishEvents(
    one,
    ids.map((id) => makeEvent(id)),
    eventCandidates,
    { ...by, ...most },
  );

export function quotaCases(context: SuiteContext): void {
  targetQuotaCases(context);
  executionQuotaCases(context);
  eventQuotaCases(context);
  callBoundCases(context);
  queueQuotaCases(context);
}

function targetQuotaCases(context: SuiteContext): void {
  test("targets: as many as the quota, then none, until one is deleted", async () => {
    const { store } = context;
    await add(store, "a", 2);
    await add(store, "b", 2);
    const before = await changesOf(store, one);
    await expect(add(store, "c", 2)).rejects.toEqual(exceeded);
    expect(await listIds(store)).toEqual(["a", "b"]);
    expect(await changesOf(store, one)).toEqual(before);
    await add(store, "c", 2, two);
    await store.deleteTarget(one, targetId("a"), () => undefined, by);
    await add(store, "c", 2);
    await expect(add(store, "d", 1)).rejects.toEqual(exceeded);
    await store.updateTarget(one, targetId("b"), setting({ disabled: true }), by);
    await createAll(store, one, [makeTarget("no quota")]);
  });

  test("targets created at the same time do not exceed it together", async () => {
    const { store } = context;
    const ids = ["a", "b", "c", "d", "e"];
    const outcomes = await Promise.allSettled(ids.map((id) => add(store, id, 3)));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
    expect(await listIds(store)).toHaveLength(3);
  });

  test("a remembered answer is given at any quota, a dry run is checked", async () => {
    const { store } = context;
    const options = { ...by, mostTargets: 1, replay: replay(() => "answer") };
    await store.createTarget(one, makeTarget("a"), options);
    const again = await store.createTarget(one, makeTarget("b"), { ...options, mostTargets: 0 });
    expect(again.kind).toBe("replayed");
    const dry = { ...by, mostTargets: 1, dryRun: true };
    await expect(store.createTarget(one, makeTarget("b"), dry)).rejects.toEqual(exceeded);
    expect(
      done(await store.createTarget(one, makeTarget("b"), { ...dry, mostTargets: 2 })),
    ).toEqual(makeTarget("b"));
  });
}

function executionQuotaCases(context: SuiteContext): void {
  const set = (store: Store, id: string, targets: readonly string[], mostExecutions: number) => {
    const condition = conditionId(id);
    const change = listing(condition, targets);
    const wanted = targets.map(targetId);
    return store.setExecution(one, condition, wanted, change, { ...by, mostExecutions });
  };

  test("executions: as many as the quota have a list, and any of them can change", async () => {
    const { store } = context;
    await createAll(store, one, [makeTarget("a"), makeTarget("b")]);
    await set(store, "request", ["a"], 2);
    await set(store, "response", ["b"], 2);
    await expect(set(store, "event", ["a"], 2)).rejects.toEqual(exceeded);
    await set(store, "event", [], 0);
    await set(store, "request", ["b", "a"], 0);
    await expect(set(store, "event", ["a"], 2)).rejects.toEqual(exceeded);
    await set(store, "response", [], 0);
    await set(store, "event", ["a"], 2);
    await expect(set(store, "response", ["a"], 2)).rejects.toEqual(exceeded);
  });

  test("executions whose list a deleted target left empty do not count", async () => {
    const { store } = context;
    await createAll(store, one, [makeTarget("a"), makeTarget("b")]);
    await set(store, "request", ["a"], 1);
    await store.deleteTarget(one, targetId("a"), () => undefined, by);
    await set(store, "response", ["b"], 1);
  });
}

function eventQuotaCases(context: SuiteContext): void {
  test("events: as many new ones as the quota; those published before do not count", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    await expect(publishAtMost(store, ["a", "b"], { mostNew: 1 })).rejects.toEqual(exceeded);
    expect(await listed(store)).toEqual([]);
    expect(await publishAtMost(store, ["a", "b"], { mostNew: 2 })).toEqual([1, 1]);
    expect(await publishAtMost(store, ["a", "b"], { mostNew: 0 })).toEqual([0, 0]);
    expect(await publishAtMost(store, ["a", "b", "c"], { mostNew: 1 })).toEqual([0, 0, 1]);
  });
}

function callBoundCases(context: SuiteContext): void {
  test("a call makes as many deliveries as it may, all of its events or none", async () => {
    const { store } = context;
    await listenWith(store, ["t", "u"]);
    expect(await publishAtMost(store, ["a", "b"], { mostDeliveries: 4 })).toEqual([2, 2]);
    // What was published before makes none.
    const more = ["a", "b", "c", "d", "e"];
    const refusal = expect.objectContaining({ code: "too-many-deliveries", count: 6 });
    const most = { mostDeliveries: 5, mostPending: 0 };
    await expect(publishAtMost(store, more, most)).rejects.toEqual(refusal);
    expect(await statesOf(store)).toEqual({ a: "pending", b: "pending" });
    const fewer = more.slice(0, 4);
    expect(await publishAtMost(store, fewer, { mostDeliveries: 4 })).toEqual([0, 0, 2, 2]);
    expect(await publishAtMost(store, ["e"], { mostDeliveries: 2 })).toEqual([2]);
  });

  test("one event is taken however many listen to it", async () => {
    const { store } = context;
    await listenWith(store, ["t", "u"]);
    const unheard = makeEvent("x", { type: "other" });
    const options = { ...by, mostDeliveries: 1 };
    const published = [unheard, makeEvent("a")];
    expect(await store.publishEvents(one, published, eventCandidates, options)).toEqual([0, 2]);
  });
}

function queueQuotaCases(context: SuiteContext): void {
  const enqueue = (store: Store, id: string, mostPending: number, instance: InstanceId = one) =>
    store.enqueue(instance, [makeDelivery(id)], start, { mostPending });

  test("the queue takes events up to its quota, all of a call or none", async () => {
    const { store } = context;
    await listenWith(store, ["t", "u"]);
    expect(await publishAtMost(store, ["a"], { mostPending: 3 })).toEqual([2]);
    await expect(publishAtMost(store, ["b"], { mostPending: 3 })).rejects.toEqual(full);
    expect(await statesOf(store)).toEqual({ a: "pending" });
    expect(await publishAtMost(store, ["b"], { mostPending: 4 })).toEqual([2]);
    // Nothing is added by what was published before, and by what nobody listens to.
    expect(await publishAtMost(store, ["a", "b"], { mostPending: 0 })).toEqual([0, 0]);
    const unheard = [makeEvent("x", { type: "other" })];
    const options = { ...by, mostPending: 0 };
    expect(await store.publishEvents(one, unheard, eventCandidates, options)).toEqual([0]);
  });

  test("what is finished, cancelled or deleted makes room, what is retried does not", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    await enqueue(store, "a", 2);
    await enqueue(store, "b", 2);
    await expect(enqueue(store, "c", 2)).rejects.toEqual(full);
    const [first, second] = await claim(store);
    await finish(store, first, retryAt(seconds(5)));
    await expect(enqueue(store, "c", 2)).rejects.toEqual(full);
    await finish(store, second);
    await enqueue(store, "c", 2);
    await store.cancelDelivery(one, "c", by);
    await enqueue(store, "d", 2);
    await store.deleteTarget(one, targetId("t"), () => undefined, by);
    await createAll(store, one, [makeTarget("u")]);
    await store.enqueue(one, [makeDelivery("e", { target: targetId("u") })], start, {
      mostPending: 1,
    });
    const states = { a: "cancelled", b: "succeeded", c: "cancelled", d: "cancelled", e: "pending" };
    expect(await statesOf(store)).toEqual(states);
  });

  test("deliveries of other instances, and pruned ones, do not count", async () => {
    const { store } = context;
    for (const instance of [one, two]) await listenWith(store, ["t"], {}, instance);
    await enqueue(store, "a", 1, two);
    await enqueue(store, "a", 1);
    await store.cancelDelivery(one, "a", by);
    await pruneAll(store, { deliveries: 0 });
    await enqueue(store, "b", 1);
    await expect(enqueue(store, "c", 1)).rejects.toEqual(full);
    await context.reopen();
    await expect(enqueue(context.store, "c", 1)).rejects.toEqual(full);
  });

  test("replays are refused as a whole when they do not fit, of one delivery and of many", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    await publish(store, manyEvents(3));
    for (const held of await claim(store)) {
      await finish(store, held, deciding({ state: "failed" }));
    }
    const failed = { states: ["failed"], limit: 10 } as const;
    const replayAtMost = (mostPending: number) =>
      store.replayDeliveries(one, failed, { ...by, mostPending });
    await expect(replayAtMost(2)).rejects.toEqual(full);
    expect(Object.values(await statesOf(store))).toEqual(["failed", "failed", "failed"]);
    const [some] = await listed(store);
    const single = { id: some?.id ?? "" };
    const none = { ...by, mostPending: 0 };
    await expect(store.replayDeliveries(one, single, none)).rejects.toEqual(full);
    expect(await replayAtMost(3)).toEqual({ replayed: 3, next: undefined });
    expect(await store.replayDeliveries(one, single, none)).toMatchObject({ replayed: 0 });
    expect(await replayAtMost(0)).toMatchObject({ replayed: 0 });
  });

  test("a change is made, and its event kept, however full the queue is", async () => {
    const { store } = context;
    await createAll(store, one, [makeTarget("t"), makeTarget("u")]);
    const change = listing(conditionId("event"), ["t"]);
    await store.setExecution(one, conditionId("event"), [targetId("t")], change, by);
    const before = (await listed(store)).length;
    await store.updateTarget(one, targetId("u"), setting({ disabled: true }), by);
    expect(await listed(store)).toHaveLength(before + 1);
    await expect(enqueue(store, "a", before + 1)).rejects.toEqual(full);
    await enqueue(store, "a", before + 2);
  });

  test("a deleted instance leaves no quota behind", async () => {
    const { store } = context;
    await listenWith(store, ["t"], {}, two);
    await enqueue(store, "a", 1, two);
    await store.deleteInstance(two, by);
    await expect(enqueue(store, "b", 9, two)).rejects.toEqual(storeError("not-found"));
    while ((await store.sweep(start)) > 0);
    await addInstance(store, "three" as InstanceId);
  });
}
