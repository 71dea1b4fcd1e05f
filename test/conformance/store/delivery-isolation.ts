import { expect, test } from "vitest";
import { targetId } from "../../../src/domain/units.ts";
import {
  claim,
  deciding,
  finish,
  listed,
  listenWith,
  makeDelivery,
  makeEvent,
  manyEvents,
  nameOf,
  openUntil,
  publish,
  seconds,
  statesOf,
} from "./delivery-fixtures.ts";
import { by, changesOf, createAll, makeTarget, one, pruneAll, start, two } from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

/** Two instances with targets, deliveries and events of the same ids. */
export function deliveryIsolationCases(context: SuiteContext): void {
  async function prepare(): Promise<void> {
    const { store } = context;
    for (const instance of [one, two]) {
      await createAll(store, instance, [makeTarget("t")]);
      await store.enqueue(instance, [makeDelivery("m", { orderKey: "k" })], start);
    }
  }

  test("the same event is published in both", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    await listenWith(store, ["t"], {}, two);
    expect(await publish(store, [makeEvent("e")])).toEqual([1]);
    expect(await publish(store, [makeEvent("e")], { instance: two })).toEqual([1]);
  });

  test("commands reach the deliveries of their own instance alone", async () => {
    const { store } = context;
    await prepare();
    const other = await store.readDelivery(two, "m");
    await store.cancelDelivery(one, "m", by);
    await store.replayDeliveries(one, { states: ["cancelled"], limit: 9 }, by);
    await store.retryDelivery(one, "m", { ...by, at: seconds(1) });
    expect(await store.readDelivery(two, "m")).toEqual(other);
    expect(await changesOf(store, two, { resourceType: "delivery" })).toEqual([]);
    expect(await store.latestRevision(two)).toBe(1);
    expect(await store.latestRevision(one)).toBe(4);
    expect(await store.changedDeliveries(two, 0, 9)).toHaveLength(1);
  });

  test("claims are those of one instance", async () => {
    const { store } = context;
    await prepare();
    const held = await claim(store);
    expect(held.map(({ delivery }) => delivery.instance).sort()).toEqual([one, two]);
    const [mine] = held.filter(({ delivery }) => delivery.instance === one);
    if (mine === undefined) throw new Error("nothing was claimed");
    await finish(store, mine, deciding({ state: "failed", disable: "gone" }));
    expect(await store.renewClaims([nameOf(mine)], start, seconds(60))).toEqual([]);
    expect(await statesOf(store, two)).toEqual({ m: "pending" });
    expect((await store.getTarget(two, targetId("t"), start))?.settings.disabled).toBe(false);
    expect((await store.readDelivery(two, "m"))?.log).toEqual([]);
  });

  test("a breaker, a full target and a feature hold back their own instance alone", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    await listenWith(store, ["t"], {}, two);
    await publish(store, manyEvents(12));
    const [held] = await claim(store);
    await finish(store, held, deciding({ breaker: openUntil(seconds(600)) }));
    await publish(store, [makeEvent("e")], { instance: two });
    expect(await claim(store, seconds(60))).toHaveLength(1);
    await store.setFeature(one, "actions", false, by);
    await publish(store, [makeEvent("f")], { instance: two });
    expect(await claim(store, seconds(600))).toHaveLength(2);
  });

  test("deleting a target cancels its own deliveries alone", async () => {
    const { store } = context;
    await prepare();
    await store.deleteTarget(one, targetId("t"), () => undefined, by);
    expect(await statesOf(store)).toEqual({ m: "cancelled" });
    expect(await statesOf(store, two)).toEqual({ m: "pending" });
    expect(await claim(store)).toHaveLength(1);
  });

  test("what is pruned of one is not missed in the other", async () => {
    const { store } = context;
    await prepare();
    await store.cancelDelivery(one, "m", by);
    await pruneAll(store, { deliveriesFrom: seconds(1) });
    expect(await store.changedDeliveries(one, 0, 9)).toBeUndefined();
    expect(await store.changedDeliveries(two, 0, 9)).toHaveLength(1);
    expect(await listed(store)).toEqual([]);
  });
}
