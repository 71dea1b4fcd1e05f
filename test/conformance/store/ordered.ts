import { expect, test } from "vitest";
import { targetId } from "../../../src/domain/units.ts";
import {
  claim,
  deciding,
  eventsOf,
  finish,
  listed,
  listenWith,
  makeEvent,
  nameOf,
  publish,
  retryAt,
  seconds,
  statesOf,
} from "./delivery-fixtures.ts";
import { by, one, setting, start } from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

const of = (aggregateId: string, ...ids: readonly string[]) =>
  ids.map((id) => makeEvent(id, { aggregateId }));

export function orderedCases(context: SuiteContext): void {
  const idOf = async (event: string) => {
    const found = (await listed(context.store)).find((item) => item.event?.id === event);
    return found?.id ?? "";
  };

  test("of one order one delivery is under way, and others do not wait for it", async () => {
    const { store } = context;
    await listenWith(store, ["t"], { ordered: true });
    await publish(store, [...of("a", "a1", "a2", "a3"), ...of("b", "b1")]);
    const [first, ...rest] = await claim(store);
    expect(eventsOf(rest)).toEqual(["b1"]);
    expect(await claim(store)).toEqual([]);
    expect((await store.readDelivery(one, await idOf("a2")))?.delivery).toMatchObject({
      state: "pending",
      dueAt: undefined,
    });
    await finish(store, first, undefined, seconds(1));
    expect(eventsOf(await claim(store, seconds(1)))).toEqual(["a2"]);
  });

  test("a retry keeps the others waiting, a failure lets the next go", async () => {
    const { store } = context;
    await listenWith(store, ["t"], { ordered: true });
    await publish(store, of("a", "a1", "a2"));
    const [first] = await claim(store);
    await finish(store, first, retryAt(seconds(5)));
    expect(await claim(store, seconds(4))).toEqual([]);
    const [again] = await claim(store, seconds(5));
    expect(eventsOf(again === undefined ? [] : [again])).toEqual(["a1"]);
    await finish(store, again, deciding({ state: "failed" }), seconds(6));
    expect(eventsOf(await claim(store, seconds(6)))).toEqual(["a2"]);
  });

  test("cancelling lets the next go, also when the cancelled one was waiting", async () => {
    const { store } = context;
    await listenWith(store, ["t"], { ordered: true });
    await publish(store, of("a", "a1", "a2", "a3", "a4"));
    const [first] = await claim(store);
    await store.cancelDelivery(one, await idOf("a2"), by);
    expect(await claim(store)).toEqual([]);
    await store.cancelDelivery(one, await idOf("a1"), by);
    expect(eventsOf(await claim(store))).toEqual(["a3"]);
    expect(await finish(store, first)).toBe(false);
  });

  test("one that waits cannot be made due, and stays as it is", async () => {
    const { store } = context;
    await listenWith(store, ["t"], { ordered: true });
    await publish(store, of("a", "a1", "a2"));
    const waiting = (await store.readDelivery(one, await idOf("a2")))?.delivery;
    expect(await store.retryDelivery(one, await idOf("a2"), by)).toEqual(waiting);
    expect(eventsOf(await claim(store))).toEqual(["a1"]);
  });

  test("what is replayed stands behind what is pending", async () => {
    const { store } = context;
    await listenWith(store, ["t"], { ordered: true });
    await publish(store, of("a", "a1", "a2", "a3"));
    await finish(store, (await claim(store))[0], deciding({ state: "failed" }));
    const which = { id: await idOf("a1") };
    expect(await store.replayDeliveries(one, which, by)).toMatchObject({ replayed: 1 });
    const order: unknown[] = [];
    for (let round = 0; round < 3; round += 1) {
      const [held, ...more] = await claim(store);
      expect(more).toEqual([]);
      order.push(held?.delivery.event?.id);
      await finish(store, held);
    }
    expect(order).toEqual(["a2", "a3", "a1"]);
  });

  test("a target that becomes ordered lets nothing overtake, one that ceases to goes on", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    await publish(store, of("a", "a1"));
    const [first] = await claim(store);
    await store.updateTarget(one, targetId("t"), setting({ ordered: true }), by);
    await publish(store, of("a", "a2", "a3"));
    expect(await claim(store)).toEqual([]);
    await store.updateTarget(one, targetId("t"), setting({ ordered: false }), by);
    await publish(store, of("a", "a4"));
    expect(eventsOf(await claim(store))).toEqual(["a4"]);
    await finish(store, first);
    const [next] = await claim(store);
    expect(next?.delivery.event?.id).toBe("a2");
    await finish(store, next);
    expect(eventsOf(await claim(store))).toEqual(["a3"]);
  });

  test("a claim that is given back or lost keeps its place", async () => {
    const { store } = context;
    await listenWith(store, ["t"], { ordered: true });
    await publish(store, of("a", "a1", "a2"));
    const held = await claim(store);
    await store.releaseClaims(held.map(nameOf), start);
    expect(eventsOf(await claim(store))).toEqual(["a1"]);
    expect(eventsOf(await claim(store, seconds(30)))).toEqual(["a1"]);
    expect(await statesOf(store)).toEqual({ a1: "pending", a2: "pending" });
  });
}
