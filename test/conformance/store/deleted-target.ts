import { expect, test } from "vitest";
import { targetId } from "../../../src/domain/units.ts";
import {
  claim,
  finish,
  listed,
  makeDelivery,
  makeEvent,
  nameOf,
  publish,
  seconds,
  statesOf,
} from "./delivery-fixtures.ts";
import { setList } from "./execution-fixtures.ts";
import { by, createAll, makeTarget, one, pruneAll, start, two } from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

const t = targetId("t");
const many = (count: number) =>
  Array.from({ length: count }, (_, index) => makeDelivery(`m${index}`));

export function deletedTargetCases(context: SuiteContext): void {
  const remove = () =>
    context.store.deleteTarget(one, t, () => undefined, { ...by, at: seconds(1) });

  test("its deliveries are cancelled and stay in the log", async () => {
    const { store } = context;
    await createAll(store, one, [makeTarget("t"), makeTarget("u")]);
    const other = makeDelivery("other", { target: targetId("u") });
    await store.enqueue(one, [...many(3), other], start);
    const held = await claim(store, start, { perTarget: 1 });
    await finish(
      store,
      held.find(({ delivery }) => delivery.id === "m0"),
    );
    await remove();
    expect(await statesOf(store)).toEqual({
      m0: "succeeded",
      m1: "cancelled",
      m2: "cancelled",
      other: "pending",
    });
    expect((await store.readDelivery(one, "m1"))?.delivery).toMatchObject({
      dueAt: undefined,
      finishedAt: seconds(1),
    });
    expect(await claim(store, seconds(9))).toEqual([]);
  });

  test("an attempt under way no longer counts", async () => {
    const { store } = context;
    await createAll(store, one, [makeTarget("t")]);
    await store.enqueue(one, many(1), start);
    const held = await claim(store);
    await remove();
    expect(await finish(store, held[0])).toBe(false);
    expect(await store.renewClaims(held.map(nameOf), start, seconds(60))).toEqual([]);
    expect(await statesOf(store)).toEqual({ m0: "cancelled" });
  });

  test("a very long queue is cancelled in steps, and none of it is delivered meanwhile", async () => {
    const { store } = context;
    await createAll(store, one, [makeTarget("t")]);
    await store.enqueue(one, many(1600), start);
    const held = await claim(store);
    await remove();
    const pending = async () => (await listed(store, { state: "pending", limit: 5000 })).length;
    expect(await pending()).toBeGreaterThan(0);
    expect(await claim(store, seconds(100))).toEqual([]);
    expect(await store.nextDue()).toBeUndefined();
    for (const claimed of held) expect(await finish(store, claimed)).toBe(false);
    const steps: number[] = [];
    for (let rows = -1; rows !== 0; steps.push(rows)) rows = await store.sweep(seconds(2));
    expect(Math.max(...steps)).toBeLessThan(1000);
    expect(await pending()).toBe(0);
    expect(await listed(store, { state: "cancelled", limit: 5000 })).toHaveLength(1600);
  });

  test("those of a deleted instance are not delivered, and are gone", async () => {
    const { store } = context;
    await createAll(store, two, [makeTarget("t")]);
    await setList(store, "event", ["t"], { instance: two });
    const events = Array.from({ length: 100 }, (_, index) => makeEvent(`e${index}`));
    await publish(store, events, { instance: two });
    const [held] = await claim(store, start, { total: 1 });
    await store.deleteInstance(two, by);
    expect(await claim(store, seconds(60))).toEqual([]);
    expect(await finish(store, held)).toBe(false);
    expect(await listed(store, {}, two)).toEqual([]);
    expect(await store.readDelivery(two, held?.delivery.id ?? "")).toBeUndefined();
    expect(await store.retryDelivery(two, held?.delivery.id ?? "", by)).toBeUndefined();
    expect(await store.changedDeliveries(two, 0, 10)).toEqual([]);
    while ((await store.sweep(start)) > 0);
    expect(await store.latestRevision(two)).toBe(0);
    await pruneAll(store, { deliveriesFrom: seconds(1000), eventIdsFrom: seconds(1000) });
    expect(await store.nextDue()).toBeUndefined();
  });
}
