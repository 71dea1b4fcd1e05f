/** What `prune` deletes and what it leaves (src/store/store.ts). */
import { expect, test } from "vitest";
import { instanceId, type Micros, targetId } from "../../../src/domain/units.ts";
import type { Store } from "../../../src/store/store.ts";
import {
  claim,
  deciding,
  finish,
  listed,
  listenWith,
  makeEvent,
  manyEvents,
  publish,
  seconds,
  statesOf,
} from "./delivery-fixtures.ts";
import {
  addInstance,
  by,
  changesOf,
  createAll,
  makeTarget,
  one,
  pruneAll,
  pruneStep,
  start,
  two,
} from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

const id = targetId("t");

/** Publishes events "e0", "e1", ... and finishes the delivery of each a second after the one before. */
async function finishMany(store: Store, count: number, instance = one): Promise<void> {
  await listenWith(store, ["t"], {}, instance);
  await publish(store, manyEvents(count), { instance });
  const held = await claim(store);
  for (const [index, each] of held.entries()) {
    await finish(store, each, deciding(), seconds(index));
  }
}

const eventsLeft = async (store: Store, instance = one) =>
  (await listed(store, {}, instance)).map(({ event }) => event?.id).sort();

export function retentionCases(context: SuiteContext): void {
  test("of the finished deliveries of an instance the latest stay", async () => {
    const { store } = context;
    await finishMany(store, 5);
    await finishMany(store, 3, two);
    await pruneAll(store, { deliveries: 3 });
    expect(await eventsLeft(store)).toEqual(["e2", "e3", "e4"]);
    expect(await eventsLeft(store, two)).toEqual(["e0", "e1", "e2"]);
    await pruneAll(store, { deliveries: 0 });
    expect(await eventsLeft(store)).toEqual([]);
  });

  test("age and number both count", async () => {
    const { store } = context;
    await finishMany(store, 5);
    await pruneAll(store, { deliveries: 4, deliveriesFrom: seconds(3) });
    expect(await eventsLeft(store)).toEqual(["e3", "e4"]);
    await pruneAll(store, { deliveries: 1, deliveriesFrom: seconds(3) });
    expect(await eventsLeft(store)).toEqual(["e4"]);
  });

  test("pending deliveries stay and do not count, replayed ones among them", async () => {
    const { store } = context;
    await finishMany(store, 3);
    await publish(store, [makeEvent("pending")]);
    const [oldest] = (await listed(store)).filter(({ event }) => event?.id === "e0");
    await store.replayDeliveries(one, { id: oldest?.id ?? "" }, by);
    await pruneAll(store, { deliveries: 1, deliveriesFrom: seconds(2) });
    expect(await statesOf(store)).toEqual({ e0: "pending", e2: "succeeded", pending: "pending" });
    await pruneAll(store, { deliveries: 0, deliveriesFrom: seconds(1000) });
    expect(await statesOf(store)).toEqual({ e0: "pending", pending: "pending" });
    const held = await claim(store, seconds(5));
    expect(held).toHaveLength(2);
    for (const each of held) expect(await finish(store, each)).toBe(true);
  });

  test("a lot is pruned in bounded steps", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    await publish(store, manyEvents(1200));
    await store.deleteTarget(one, id, () => undefined, by);
    while ((await store.sweep(start)) > 0);
    const kept = { deliveriesFrom: seconds(1), eventIdsFrom: seconds(1) };
    expect(await pruneStep(store, kept)).toBe(true);
    expect((await listed(store)).length).toBeGreaterThan(600);
    await pruneAll(store, kept);
    expect(await listed(store)).toEqual([]);
  });

  test("a lot of instances is pruned to the end", async () => {
    const { store } = context;
    const instances = Array.from({ length: 450 }, (_, index) => instanceId(`i${index}`));
    await Promise.all(instances.map((instance) => addInstance(store, instance)));
    const last = instanceId("i449");
    await finishMany(store, 2, last);
    await pruneAll(store, { deliveries: 1 });
    expect(await eventsLeft(store, last)).toEqual(["e1"]);
  });

  test("old changes go, the latest one stays and the next ones count on from it", async () => {
    const { store } = context;
    const note = (at: Micros) =>
      store.recordChange(one, {
        ...{ author: by.author, at, fields: [] },
        ...{ resourceType: "call", resourceId: "c", action: "denied" },
      });
    for (const at of [start, seconds(1), seconds(3), seconds(2)]) await note(at);
    const all = await changesOf(store, one);
    const page = await store.listChanges(one, { limit: 1 });
    await pruneAll(store, { changesFrom: start });
    expect(await changesOf(store, one)).toEqual(all);
    // The one of second 2 came after that of second 3.
    await pruneAll(store, { changesFrom: seconds(3) });
    expect(await changesOf(store, one)).toEqual(all.slice(0, 2));
    await pruneAll(store, { changesFrom: seconds(1000) });
    expect(await changesOf(store, one)).toEqual(all.slice(0, 1));
    expect(await changesOf(store, two)).toHaveLength(1);
    // The token of a page whose rest is gone leads to an empty one.
    expect(page.next).toBeDefined();
    expect(await store.listChanges(one, { after: page.next, limit: 9 })).toEqual({
      items: [],
      next: undefined,
    });
    await note(seconds(9));
    expect(await changesOf(store, one)).toHaveLength(2);
    expect(await changesOf(store, one, { since: seconds(8) })).toHaveLength(1);
  });

  test("nobody gets a first token again when the audit is pruned", async () => {
    const { store } = context;
    await pruneAll(store, { changesFrom: seconds(1000) });
    while ((await store.sweep(seconds(1e9))) > 0);
    expect(await store.hasTokens()).toBe(true);
  });

  test("a deletion is remembered until then, and as long as there are deliveries", async () => {
    const { store } = context;
    await finishMany(store, 1);
    await createAll(store, one, [makeTarget("u"), makeTarget("v")]);
    const remove = (target: string) =>
      store.deleteTarget(one, targetId(target), () => undefined, { ...by, at: seconds(10) });
    const first = [await remove("t"), await remove("u")];
    await pruneAll(store, { deletedTargetsFrom: seconds(10) });
    expect([await remove("t"), await remove("u")]).toEqual(first);
    await pruneAll(store, { deletedTargetsFrom: seconds(100) });
    expect([await remove("t"), await remove("u")]).toEqual([first[0], undefined]);
    expect(await listed(store)).toHaveLength(1);
    await pruneAll(store, { deletedTargetsFrom: seconds(100), deliveriesFrom: seconds(100) });
    expect(await remove("t")).toBeUndefined();
    expect(await store.getTarget(one, targetId("v"), start)).toEqual(makeTarget("v"));
    expect(await store.nextDue()).toBeUndefined();
    await createAll(store, one, [makeTarget("t")]);
  });
}
