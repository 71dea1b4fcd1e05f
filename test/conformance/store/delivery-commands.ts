import { expect, test } from "vitest";
import { targetId } from "../../../src/domain/units.ts";
import {
  claim,
  deciding,
  eventsOf,
  finish,
  listed,
  listenWith,
  makeDelivery,
  makeEvent,
  publish,
  retryAt,
  seconds,
  statesOf,
} from "./delivery-fixtures.ts";
import { by, changesOf, createAll, makeTarget, one, start } from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

const t = targetId("t");
const at = (count: number) => ({
  author: "token:boss",
  certificate: "CN=boss",
  at: seconds(count),
});
const finished = ["failed", "succeeded", "cancelled"] as const;

export function deliveryCommandCases(context: SuiteContext): void {
  /** Deliveries m1 to m3 of one target: failed, succeeded, pending. */
  async function prepare(): Promise<void> {
    const { store } = context;
    await createAll(store, one, [makeTarget("t")]);
    const made = ["m1", "m2", "m3"].map((id, index) =>
      makeDelivery(id, { createdAt: seconds(index) }),
    );
    await store.enqueue(one, made, start);
    const [first, other] = await claim(store, start, { perTarget: 2 });
    await finish(store, first, deciding({ state: "failed" }), seconds(3));
    await finish(store, other, undefined, seconds(4));
  }

  test("a retry makes a delivery due now, with its attempts counted on", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    await publish(store, [makeEvent("e")]);
    const [held] = await claim(store);
    await finish(store, held, retryAt(seconds(600)));
    const id = held?.delivery.id ?? "";
    const retried = await store.retryDelivery(one, id, at(7));
    expect(retried).toMatchObject({ id, state: "pending", attempts: 1, dueAt: seconds(7) });
    expect(retried).toEqual((await store.readDelivery(one, id))?.delivery);
    expect(eventsOf(await claim(store, seconds(7)))).toEqual(["e"]);
    const [change] = await changesOf(store, one);
    const about = { resourceType: "delivery", resourceId: id, fields: [] };
    expect(change).toEqual({ ...about, ...at(7), action: "retried" });
  });

  test("a retry neither disturbs an attempt under way nor what is finished", async () => {
    const { store } = context;
    await prepare();
    const [held] = await claim(store, seconds(5));
    const before = await changesOf(store, one);
    for (const id of ["m1", "m2", "m3"]) {
      const unchanged = (await store.readDelivery(one, id))?.delivery;
      expect(await store.retryDelivery(one, id, at(7))).toEqual(unchanged);
    }
    expect(await changesOf(store, one)).toEqual(before);
    expect(await finish(store, held)).toBe(true);
  });

  test("after a retry the result of a claim whose lease has ended counts, until another claim", async () => {
    const { store } = context;
    await createAll(store, one, [makeTarget("t")]);
    await store.enqueue(one, [makeDelivery("m1"), makeDelivery("m2")], start);
    const [first, other] = await claim(store);
    for (const id of ["m1", "m2"]) {
      expect(await store.retryDelivery(one, id, at(31))).toMatchObject({ dueAt: seconds(31) });
    }
    expect(await finish(store, first, undefined, seconds(32))).toBe(true);
    const [successor] = await claim(store, seconds(33));
    expect(successor?.delivery.id).toBe(other?.delivery.id);
    expect(await finish(store, other, undefined, seconds(34))).toBe(false);
    expect(await finish(store, successor, undefined, seconds(35))).toBe(true);
    expect(await statesOf(store)).toEqual({ m1: "succeeded", m2: "succeeded" });
  });

  test("a cancelled delivery is not made, and what an attempt under way does no longer counts", async () => {
    const { store } = context;
    await prepare();
    const [held] = await claim(store, seconds(5));
    const cancelled = await store.cancelDelivery(one, "m3", at(6));
    expect(cancelled).toMatchObject({
      state: "cancelled",
      dueAt: undefined,
      finishedAt: seconds(6),
    });
    expect(await finish(store, held)).toBe(false);
    expect(await claim(store, seconds(500))).toEqual([]);
    const [change] = await changesOf(store, one);
    expect(change).toMatchObject({ ...at(6), resourceId: "m3", action: "cancelled" });
    expect(await store.cancelDelivery(one, "m3", at(9))).toEqual(cancelled);
    expect(await store.cancelDelivery(one, "m1", at(9))).toMatchObject({ state: "failed" });
    expect((await changesOf(store, one))[0]).toEqual(change);
  });

  test("cancelling a call under way makes room for another", async () => {
    const { store } = context;
    await createAll(store, one, [makeTarget("t")]);
    const ids = Array.from({ length: 11 }, (_, index) => `m${index + 10}`);
    await store.enqueue(
      one,
      ids.map((id) => makeDelivery(id)),
      start,
    );
    const [first] = await claim(store);
    expect(await claim(store)).toEqual([]);
    await store.cancelDelivery(one, first?.delivery.id ?? "", by);
    expect(await claim(store)).toHaveLength(1);
  });

  test("a replayed delivery has all attempts before it, and its log stays", async () => {
    const { store } = context;
    await prepare();
    const only = { id: "m1" };
    expect(await store.replayDeliveries(one, only, at(7))).toEqual({
      replayed: 1,
      next: undefined,
    });
    const [change] = await changesOf(store, one);
    expect(change).toEqual({
      ...at(7),
      resourceType: "delivery",
      resourceId: "m1",
      action: "replayed",
      fields: [{ field: "deliveries", old: null, new: 1 }],
    });
    const found = await store.readDelivery(one, "m1");
    expect(found?.log).toHaveLength(1);
    expect(found?.delivery).toMatchObject({
      state: "pending",
      attempts: 0,
      dueAt: seconds(7),
      finishedAt: undefined,
    });
    const held = (await claim(store, seconds(7))).find(({ delivery }) => delivery.id === "m1");
    await finish(store, held, undefined, seconds(8));
    const again = await store.readDelivery(one, "m1");
    expect(again?.delivery).toMatchObject({ state: "succeeded", attempts: 1 });
    expect(again?.log.map(({ number }) => number)).toEqual([1, 1]);
  });

  test.each<[string, Parameters<typeof replayed>[0], readonly string[]]>([
    ["those that failed", { states: ["failed"] }, ["m1"]],
    ["all", { states: finished }, ["m1", "m2"]],
    ["those of a target", { states: finished, target: t }, ["m1", "m2"]],
    ["those of another target", { states: finished, target: targetId("u") }, []],
    ["those from a time on", { states: finished, since: seconds(1) }, ["m2"]],
    ["those before a time", { states: finished, until: seconds(1) }, ["m1"]],
    ["the oldest", { states: finished, limit: 1 }, ["m1"]],
  ])("replays %s", async (_what, which, ids) => {
    await prepare();
    expect(await replayed(which)).toEqual(ids);
  });

  async function replayed(
    which: Partial<Parameters<typeof context.store.replayDeliveries>[1]> & {
      readonly states: readonly (typeof finished)[number][];
    },
  ) {
    const { store } = context;
    const before = await statesOf(store);
    const query = { limit: 100, ...which };
    const { replayed: count } = await store.replayDeliveries(one, query, at(9));
    const after = await statesOf(store);
    const ids = Object.keys(after).filter((id) => after[id] !== before[id]);
    expect(count).toBe(ids.length);
    const changes = await changesOf(store, one, { resourceType: "delivery" });
    expect(changes).toHaveLength(Math.min(count, 1));
    return ids.sort();
  }

  test("a replay goes on where the step before ended, and is told of step by step", async () => {
    const { store } = context;
    await prepare();
    let after: string | undefined;
    for (const id of ["m1", "m2"]) {
      const query = { states: finished, limit: 1, after };
      const { replayed, next } = await store.replayDeliveries(one, query, at(9));
      expect(replayed).toBe(1);
      expect((await store.readDelivery(one, id))?.delivery.state).toBe("pending");
      after = next;
    }
    expect(await store.replayDeliveries(one, { states: finished, limit: 9, after }, at(9))).toEqual(
      {
        ...{ replayed: 0, next: undefined },
      },
    );
    expect(await changesOf(store, one, { resourceType: "delivery" })).toHaveLength(2);
  });

  test("every step looks at a bounded number, and all of them find everything", async () => {
    const { store } = context;
    await createAll(store, one, [makeTarget("t"), makeTarget("u")]);
    const ids = Array.from({ length: 2500 }, (_, index) => `m${10_000 + index}`);
    await store.enqueue(
      one,
      ids.map((id) => makeDelivery(id)),
      start,
    );
    await store.cancelDelivery(one, "m12499", by);
    const steps: number[] = [];
    for (const which of [{ target: t }, { target: targetId("u") }, {}]) {
      let after: string | undefined;
      do {
        const query = { ...which, states: finished, limit: 10_000, after };
        const { replayed, next } = await store.replayDeliveries(one, query, by);
        steps.push(replayed);
        after = next;
      } while (after !== undefined);
    }
    expect(steps.filter((replayed) => replayed > 0)).toEqual([1]);
  });

  test("what is pending, or has no target any more, is not replayed", async () => {
    const { store } = context;
    const nothing = { replayed: 0, next: undefined };
    await prepare();
    expect(await store.replayDeliveries(one, { id: "m3" }, by)).toEqual(nothing);
    expect(await store.replayDeliveries(one, { id: "none" }, by)).toEqual(nothing);
    await store.deleteTarget(one, t, () => undefined, by);
    expect(await store.replayDeliveries(one, { id: "m1" }, by)).toEqual(nothing);
    expect(await store.replayDeliveries(one, { states: finished, limit: 9 }, by)).toEqual(nothing);
    expect(await changesOf(store, one, { resourceType: "delivery" })).toEqual([]);
  });

  test("what is not there is undefined", async () => {
    const { store } = context;
    expect(await store.retryDelivery(one, "none", by)).toBeUndefined();
    expect(await store.cancelDelivery(one, "none", by)).toBeUndefined();
    expect(await store.readDelivery(one, "none")).toBeUndefined();
    expect(await listed(store)).toEqual([]);
  });
}
