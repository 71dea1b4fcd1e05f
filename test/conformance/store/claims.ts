import { expect, test } from "vitest";
import { targetId } from "../../../src/domain/units.ts";
import {
  attempt,
  claim,
  closed,
  deciding,
  eventsOf,
  finish,
  listenWith,
  makeDelivery,
  makeEvent,
  manyEvents,
  nameOf,
  policy,
  publish,
  retryAt,
  second,
  seconds,
} from "./delivery-fixtures.ts";
import { createAll, makeTarget, one, start } from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

export function claimCases(context: SuiteContext): void {
  test("what is claimed is not claimed again until its lease ends", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    await publish(store, [makeEvent("e")]);
    const [first] = await claim(store);
    expect(await claim(store, seconds(29))).toEqual([]);
    const [again] = await claim(store, seconds(30));
    expect(again?.delivery.id).toBe(first?.delivery.id);
    expect(again?.fence).toBeGreaterThan(first?.fence ?? Infinity);
    expect(again?.delivery.attempts).toBe(0);
  });

  test("the late result of an old claim writes nothing", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    await publish(store, [makeEvent("e")]);
    const [old] = await claim(store);
    const [held] = await claim(store, seconds(30));
    const before = await store.readDelivery(one, held?.delivery.id ?? "");
    expect(await finish(store, old)).toBe(false);
    expect(await store.readDelivery(one, held?.delivery.id ?? "")).toEqual(before);
    expect(await finish(store, held)).toBe(true);
    expect(await finish(store, held)).toBe(false);
    expect((await store.readDelivery(one, held?.delivery.id ?? ""))?.log).toHaveLength(1);
  });

  test("a result after the end of the lease counts as long as nobody else has claimed", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    await publish(store, [makeEvent("e")]);
    const [held] = await claim(store);
    expect(await finish(store, held, undefined, seconds(300))).toBe(true);
  });

  test("renewed claims hold for longer, and others are told", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    await publish(store, manyEvents(3));
    const held = await claim(store);
    const names = held.map(nameOf);
    await finish(store, held[0]);
    await store.cancelDelivery(one, names[1]?.id ?? "", { author: "a", at: start });
    const renewed = await store.renewClaims(names, seconds(29), seconds(60));
    expect(renewed).toEqual([names[2]?.id]);
    expect(await claim(store, seconds(59))).toEqual([]);
    expect(await claim(store, seconds(60))).toHaveLength(1);
    expect(await store.renewClaims(names, seconds(60), seconds(90))).toEqual([]);
  });

  test("a claim whose lease has ended is not held for longer, as its place may be taken", async () => {
    const { store } = context;
    await listenWith(store, ["t"], policy(1));
    await publish(store, manyEvents(2));
    const held = await claim(store);
    expect(held).toHaveLength(1);
    expect(await store.renewClaims(held.map(nameOf), seconds(30), seconds(60))).toEqual([]);
    expect(await claim(store, seconds(30))).toHaveLength(1);
    expect(await store.renewClaims(held.map(nameOf), seconds(30), seconds(60))).toEqual([]);
  });

  test("a clock that is set back neither ends claims nor hides what is due", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    await publish(store, [makeEvent("a"), makeEvent("b")], { at: seconds(100) });
    const [held] = await claim(store, seconds(100), { perTarget: 1 });
    expect(await claim(store, seconds(50))).toEqual([]);
    const [other] = await claim(store, seconds(100));
    expect(other?.delivery.id).not.toBe(held?.delivery.id);
    expect(await finish(store, held, undefined, seconds(50))).toBe(true);
    expect(await finish(store, other, undefined, seconds(50))).toBe(true);
    await publish(store, [makeEvent("c")], { at: seconds(50) });
    expect(eventsOf(await claim(store, seconds(50)))).toEqual(["c"]);
  });

  test("released claims are due at once and no attempt is counted", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    await publish(store, manyEvents(2));
    const held = await claim(store);
    await store.releaseClaims(held.map(nameOf), seconds(1));
    expect(await store.nextDue()).toBe(seconds(1));
    const again = await claim(store, seconds(1));
    expect(again.map(({ delivery }) => delivery.attempts)).toEqual([0, 0]);
    await store.releaseClaims(held.map(nameOf), seconds(2));
    expect(await claim(store, seconds(2))).toEqual([]);
    expect(await finish(store, again[0])).toBe(true);
  });

  test("what is due at the same time is taken as it came", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    await publish(store, manyEvents(9));
    const held = await claim(store);
    // The last one is written first.
    for (const each of held.toReversed()) await store.releaseClaims([nameOf(each)], seconds(1));
    expect(eventsOf(await claim(store, seconds(1)))).toEqual(eventsOf(held));
  });

  test("a failed attempt comes again when it is due, until the decision is final", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    await publish(store, [makeEvent("e")]);
    const [first] = await claim(store);
    expect(await finish(store, first, retryAt(seconds(5)))).toBe(true);
    expect(await store.nextDue()).toBe(seconds(5));
    expect(await claim(store, seconds(4))).toEqual([]);
    const [next] = await claim(store, seconds(5));
    expect(next?.delivery).toMatchObject({ attempts: 1, dueAt: seconds(5) });
    const seen: unknown[] = [];
    await finish(
      store,
      next,
      (situation) => {
        seen.push(situation);
        return deciding({ state: "failed" })(situation);
      },
      seconds(6),
    );
    expect(seen).toMatchObject([
      { delivery: { attempts: 1 }, settings: { disabled: false }, breaker: closed },
    ]);
    const found = await store.readDelivery(one, next?.delivery.id ?? "");
    expect(found?.delivery).toMatchObject({
      state: "failed",
      attempts: 2,
      dueAt: undefined,
      finishedAt: seconds(6),
    });
    expect(found?.log).toEqual([attempt(1), attempt(2)]);
    expect(await store.nextDue()).toBeUndefined();
  });

  test("what a decision throws rejects the call, with nothing written", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    await publish(store, [makeEvent("e")]);
    const [held] = await claim(store);
    const failing = () => {
      throw new Error("no decision");
    };
    await expect(finish(store, held, failing)).rejects.toThrow("no decision");
    expect(await finish(store, held)).toBe(true);
  });

  test("no more calls of a target are under way than its policy allows", async () => {
    const { store } = context;
    await listenWith(store, ["t"], policy(2));
    await publish(store, manyEvents(5));
    const held = await claim(store);
    expect(held).toHaveLength(2);
    expect(await claim(store, seconds(1))).toEqual([]);
    await finish(store, held[0], undefined, seconds(1));
    expect(await claim(store, seconds(1))).toHaveLength(1);
    expect(await claim(store, seconds(30))).toHaveLength(1);
  });

  test("ten calls are under way without a policy, and no more than asked for", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    await publish(store, manyEvents(20));
    expect(await claim(store, start, { perTarget: 3 })).toHaveLength(3);
    expect(await claim(store, start, { total: 2 })).toHaveLength(2);
    expect(await claim(store)).toHaveLength(5);
    expect(await claim(store)).toEqual([]);
  });

  test("a long queue does not keep others from their turn", async () => {
    const { store } = context;
    await createAll(store, one, [makeTarget("long", policy(1000)), makeTarget("short")]);
    const long = Array.from({ length: 300 }, (_, index) =>
      makeDelivery(`l${String(index).padStart(3, "0")}`, { target: targetId("long") }),
    );
    await store.enqueue(one, long, start);
    const order: string[] = [];
    for (let round = 1; round <= 20; round += 1) {
      const at = seconds(round);
      if (round % 5 === 0) {
        const target = targetId("short");
        await store.enqueue(one, [makeDelivery(`s${round}`, { target })], at);
      }
      for (const held of await claim(store, at, { total: 10, perTarget: 10 })) {
        order.push(held.delivery.id);
        await finish(store, held, undefined, at);
      }
    }
    for (const [index, round] of [5, 10, 15].entries()) {
      // Of the long queue at most what is claimed in the same round comes before.
      const place = order.indexOf(`s${round}`);
      expect(place).toBeGreaterThan(0);
      expect(place).toBeLessThanOrEqual(round * 10 + index);
    }
  });

  test("queues that have waited longest come first", async () => {
    const { store } = context;
    await createAll(
      store,
      one,
      ["a", "b", "c"].map((name) => makeTarget(name)),
    );
    for (const [index, name] of ["c", "a", "b"].entries()) {
      const delivery = makeDelivery(name, { target: targetId(name) });
      await store.enqueue(one, [delivery], seconds(index));
    }
    const ids = (await claim(store, seconds(9))).map(({ delivery }) => delivery.id);
    expect(ids).toEqual(["c", "a", "b"]);
  });

  test("leases hold by their length, whatever that is", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    await publish(store, [makeEvent("e")]);
    await claim(store, start, { lease: second });
    expect(await claim(store, seconds(1))).toHaveLength(1);
  });
}
