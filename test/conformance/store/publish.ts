import { expect, test } from "vitest";
import { conditionId } from "../../../src/domain/condition.ts";
import { instanceId, targetId } from "../../../src/domain/units.ts";
import {
  claim,
  eventsOf,
  finish,
  limits,
  listed,
  listenWith,
  makeDelivery,
  makeEvent,
  publish,
  second,
  seconds,
  statesOf,
} from "./delivery-fixtures.ts";
import { setList } from "./execution-fixtures.ts";
import { by, createAll, makeTarget, one, pruneAll, start, storeError } from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

export function publishCases(context: SuiteContext): void {
  test("an event becomes a delivery to each target of its best execution", async () => {
    const { store } = context;
    await createAll(
      store,
      one,
      ["a", "b", "c"].map((id) => makeTarget(id)),
    );
    await setList(store, "event", ["a"]);
    await setList(store, "event/user.*", ["b", "c"]);
    const other = makeEvent("other", { type: "project.added" });
    expect(await publish(store, [makeEvent("e"), other])).toEqual([2, 1]);
    const items = await listed(store, { eventType: "user.added" });
    expect(items.map(({ target }) => target).sort()).toEqual(["b", "c"]);
    expect(items[0]).toMatchObject({
      instance: one,
      condition: "event/user.*",
      event: { id: "e", type: "user.added" },
      orderKey: "e",
      state: "pending",
      attempts: 0,
      createdAt: start,
      dueAt: start,
      finishedAt: undefined,
      depth: 1,
    });
    expect(new Set(items.map(({ id }) => id)).size).toBe(2);
  });

  test("an event that nobody waits for has no deliveries, and is remembered", async () => {
    const { store } = context;
    expect(await publish(store, [makeEvent("e")])).toEqual([0]);
    await listenWith(store, ["t"]);
    expect(await publish(store, [makeEvent("e"), makeEvent("f")])).toEqual([0, 1]);
  });

  test("an event is published once, within a call and over calls", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    expect(await publish(store, [makeEvent("e"), makeEvent("e")])).toEqual([1, 0]);
    expect(await publish(store, [makeEvent("e"), makeEvent("f")])).toEqual([0, 1]);
    expect(eventsOf(await claim(store))).toEqual(["e", "f"]);
  });

  test("an event can be published again once its id is forgotten", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    await publish(store, [makeEvent("e")]);
    await pruneAll(store, { eventIdsFrom: start });
    expect(await publish(store, [makeEvent("e")])).toEqual([0]);
    await pruneAll(store, { eventIdsFrom: seconds(1) });
    expect(await publish(store, [makeEvent("e")])).toEqual([1]);
  });

  test("what is published is durable, and so are claims and results", async () => {
    await listenWith(context.store, ["t"]);
    await publish(context.store, [makeEvent("a"), makeEvent("b"), makeEvent("c")]);
    const [first] = await claim(context.store, start, { perTarget: 2 });
    await finish(context.store, first);
    const store = await context.reopen();
    expect(await statesOf(store)).toEqual({ a: "succeeded", b: "pending", c: "pending" });
    const held = eventsOf(await claim(store));
    expect(held).toEqual(context.harness.isExclusive ? ["b", "c"] : ["c"]);
    expect(eventsOf(await claim(store, seconds(30)))).toEqual(["b", "c"]);
    expect(await publish(store, [makeEvent("a")])).toEqual([0]);
  });

  test("deliveries of rest_async targets are queued as they are given", async () => {
    const { store } = context;
    await createAll(store, one, [makeTarget("t")]);
    const given = makeDelivery("m1", {
      condition: conditionId("request/s/m"),
      depth: 3,
      traceparent: "00-1-2-01",
      orderKey: "key",
    });
    await store.enqueue(one, [given], seconds(1));
    const found = await store.readDelivery(one, "m1");
    expect(found?.log).toEqual([]);
    expect(found?.delivery).toEqual({
      ...given,
      instance: one,
      state: "pending",
      attempts: 0,
      dueAt: seconds(1),
      finishedAt: undefined,
      revision: 1,
    });
    const [claimed] = await claim(store, seconds(1));
    expect(claimed?.delivery).toEqual(found?.delivery);
    expect(claimed?.leasedUntil).toBe(seconds(1) + limits.lease);
    expect(claimed?.callee.target).toEqual(makeTarget("t"));
  });

  test("a delivery to a target that was deleted meanwhile is cancelled", async () => {
    const { store } = context;
    await createAll(store, one, [makeTarget("t")]);
    await store.deleteTarget(one, targetId("t"), () => undefined, by);
    await store.enqueue(one, [makeDelivery("m1")], start);
    expect(await statesOf(store)).toEqual({ m1: "cancelled" });
    expect(await store.nextDue()).toBeUndefined();
  });

  test("an instance that is not there takes none", async () => {
    const { store } = context;
    const nowhere = instanceId("nowhere");
    const events = publish(store, [makeEvent("e")], { instance: nowhere });
    await expect(events).rejects.toEqual(storeError("not-found"));
    const calls = store.enqueue(nowhere, [makeDelivery("m1")], start);
    await expect(calls).rejects.toEqual(storeError("not-found"));
  });

  test("what is next to do is due when it was published, or later", async () => {
    const { store } = context;
    expect(await store.nextDue()).toBeUndefined();
    await listenWith(store, ["t"]);
    await publish(store, [makeEvent("e")], { at: seconds(2) });
    expect(await store.nextDue()).toBe(seconds(2));
    expect(await claim(store, seconds(1))).toEqual([]);
    const [held] = await claim(store, seconds(2));
    expect(await store.nextDue()).toBe(seconds(2) + 30 * second);
    await finish(store, held, undefined, seconds(3));
    expect(await store.nextDue()).toBeUndefined();
  });
}
